import { readFileSync } from "node:fs";
import { defineCommand, writeDocument } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { parseRecord } from "../store/documents.ts";
import { requireImage } from "../store/find-image.ts";
import { readIndex } from "../store/image-index.ts";
import { blobFile } from "../store/paths.ts";
import { readImage } from "../store/read-blob.ts";
import { lowerDirectories, readStack } from "../store/stack.ts";
import { summarise } from "../store/summary.ts";

export const command = defineCommand({
  summary: "Print an image's reference, digests, config and layers as JSON.",
  usage: "IMAGE",
  examples: ["mydocker-image inspect busybox | jq .config.Env"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const paths = hostPaths();
    const { entry } = requireImage(paths, args[0] ?? "");
    const { id, config, manifest } = readImage(paths, entry.descriptor.digest);
    // The image's own config goes out as it is, whatever else stands in it.
    const raw = parseRecord(readFileSync(blobFile(paths, digestHex(id, "config")), "utf8"), `config ${id}`);
    writeDocument({
      ...summarise(paths, entry),
      references: readIndex(paths)
        .filter(({ descriptor }) => descriptor.digest === entry.descriptor.digest)
        .map(({ reference }) => reference),
      architecture: config.architecture,
      os: config.os,
      config: raw.config ?? {},
      layers: manifest.layers.map(({ digest, size, mediaType }, index) => ({
        digest,
        size,
        mediaType,
        diffId: config.diffIds[index],
      })),
      // Absent where the image is not unpacked.
      lower: unpacked(paths, entry.descriptor.digest),
    });
  },
});

/** What an overlay of it is mounted of, topmost first. */
function unpacked(paths: HostPaths, digest: string): string[] | undefined {
  const stack = readStack(paths, digestHex(digest, "image"));
  return stack === undefined ? undefined : lowerDirectories(paths, stack);
}
