import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import { requireImage } from "../store/find-image.ts";
import { withInterruption } from "../store/interruption.ts";
import { hasLayer, layerDirectory } from "../store/layers.ts";
import { readImage } from "../store/read-blob.ts";
import { unpackImage } from "../store/unpack.ts";

export const command = defineCommand({
  summary:
    "Unpack an image of the store, unless it is unpacked already. Prints the directories of its layers, topmost first.",
  usage: "[OPTIONS] IMAGE",
  examples: ["ls $(mydocker-image unpack busybox)"],
  flags: { ...UNPACK_FLAGS, "dry-run": { type: "boolean", description: "Only print what would be done" } },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const { digest } = requireImage(paths, args[0] ?? "").entry.descriptor;
    if (flags["dry-run"]) {
      const { config } = readImage(paths, digest);
      const missing = config.diffIds.map((id) => digestHex(id, "layer")).filter((name) => !hasLayer(paths, name));
      writeAll(missing.map((name) => `unpack ${layerDirectory(paths, name)}\n`).join(""));
      return;
    }
    const { layers } = await withInterruption(() => unpackImage(paths, digest, unpackOptions(flags)));
    writeAll(layers.map((name) => `${layerDirectory(paths, name)}\n`).join(""));
  },
});
