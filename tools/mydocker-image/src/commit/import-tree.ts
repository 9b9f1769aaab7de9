import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { decompress } from "../layer/decompress.ts";
import { Frames } from "../layer/frames.ts";
import { LayerEntries } from "../layer/layer-entries.ts";
import { checkRatio, type LayerLimits } from "../layer/limits.ts";
import { count } from "../layer/read-layer.ts";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import type { Platform } from "../pull/platform.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { TarReader } from "../tar/reader.ts";
import { type AddedImage, addImage } from "./add-image.ts";
import { configWith, type ImageSettings, settingsOf } from "./image-settings.ts";
import { writeLayerBlob } from "./layer-blob.ts";
import type { Step } from "./new-image.ts";

export interface ImportOptions {
  /** Normalised; undefined: the image gets no name. */
  reference: string | undefined;
  platform: Platform;
  step: Step;
  settings(none: ImageSettings): ImageSettings;
  unpacking: UnpackOptions;
}

/** Makes an image of one layer, which is an archive of a whole tree, compressed or not. */
export function importTree(
  paths: HostPaths,
  source: AsyncIterable<Buffer>,
  { reference, platform, step, settings, unpacking }: ImportOptions,
): Promise<AddedImage> {
  return withTemporaryDirectory(
    paths,
    async (directory) => {
      const blob = join(directory, "layer");
      const layer = await writeLayerBlob(judged(source, unpacking.limits), blob);
      const { os, architecture, variant } = platform;
      const base = { architecture, os, ...(variant === undefined ? {} : { variant }) };
      const config = configWith({}, settings(NO_SETTINGS));
      return addImage(paths, directory, blob, { base, layers: [], config, layer, step }, reference, unpacking);
    },
    "fetch",
  );
}

/** The archive, decompressed: judged as it comes, so that one which cannot be unpacked is not written to the store first. */
async function* judged(source: AsyncIterable<Buffer>, limits: LayerLimits): AsyncGenerator<Buffer> {
  const frames = new Frames();
  const tar = new TarReader(new LayerEntries(frames, limits));
  let packed = 0;
  let unpacked = 0;
  const counted = count(source, (bytes) => {
    packed += bytes;
  });
  for await (const chunk of decompress(counted)) {
    unpacked += chunk.length;
    checkRatio(limits, packed, unpacked);
    tar.push(chunk);
    frames.take();
    yield chunk;
  }
  tar.end();
  // What comes from a command that failed is no tree.
  if (unpacked === 0) throw new MydockerError("the archive is empty", { code: "BAD_ARCHIVE", exitCode: 1 });
}

/** Of an image that says nothing. */
export const NO_SETTINGS = settingsOf(
  {},
  { user: "", env: [], entrypoint: [], cmd: [], workingDir: "", volumes: [], labels: {} },
);
