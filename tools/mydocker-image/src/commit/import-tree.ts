import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { decompress } from "../layer/decompress.ts";
import { checkRatio, type LayerLimits } from "../layer/limits.ts";
import { count } from "../layer/read-layer.ts";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import type { Platform } from "../pull/platform.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { type AddedImage, addImage } from "./add-image.ts";
import { configWith, type ImageSettings, settingsOf } from "./image-settings.ts";
import type { Step } from "./new-image.ts";
import { packLayer } from "./pack-layer.ts";

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
      const layer = await packLayer(paths, expanded(source, unpacking.limits), directory, unpacking);
      const { os, architecture, variant } = platform;
      const base = { architecture, os, ...(variant === undefined ? {} : { variant }) };
      const config = configWith({}, settings(NO_SETTINGS));
      return addImage(paths, directory, { base, layers: [], config, layer, step }, reference, unpacking);
    },
    "fetch",
  );
}

/** The archive, decompressed. What comes from a command that failed is no tree. */
async function* expanded(source: AsyncIterable<Buffer>, limits: LayerLimits): AsyncGenerator<Buffer> {
  let packed = 0;
  let unpacked = 0;
  const counted = count(source, (bytes) => {
    packed += bytes;
  });
  for await (const chunk of decompress(counted)) {
    unpacked += chunk.length;
    checkRatio(limits, packed, unpacked);
    yield chunk;
  }
  if (unpacked === 0) throw new MydockerError("the archive is empty", { code: "BAD_ARCHIVE", exitCode: 1 });
}

/** Of an image that says nothing. */
export const NO_SETTINGS = settingsOf(
  {},
  { user: "", env: [], entrypoint: [], cmd: [], workingDir: "", volumes: [], labels: {}, exposedPorts: [] },
);
