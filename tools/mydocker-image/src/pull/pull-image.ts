import { join } from "node:path";
import { info, MydockerError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { familiarReference, formatReference, type Reference } from "../reference/reference.ts";
import { blobsDirectory } from "../store/paths.ts";
import { readImage } from "../store/read-blob.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { prepareImage } from "../store/unpack-image.ts";
import { type CopyOptions, copyFromRegistry } from "./copy-from-registry.ts";
import type { Platform } from "./platform.ts";

export interface PullOptions extends Pick<CopyOptions, "tlsVerify" | "platform"> {
  quiet?: boolean;
  unpacking?: UnpackOptions;
}

/**
 * Fetches an image into the store and unpacks it.
 *
 * @returns the digest of its manifest
 */
export async function pullImage(paths: HostPaths, reference: Reference, options: PullOptions): Promise<string> {
  const onProgress = (line: string): void => {
    if (options.quiet !== true) info(line);
  };
  makePrivateDirectory(blobsDirectory(paths));
  onProgress(`pulling ${formatReference(reference)}`);
  return withTemporaryDirectory(
    paths,
    async (directory) => {
      const descriptor = await copyFromRegistry(paths, reference, join(directory, "layout"), {
        ...options,
        onProgress,
      });
      checkPlatform(paths, reference, descriptor.digest, options.platform);
      onProgress(`unpacking ${descriptor.digest}`);
      const image = readImage(paths, descriptor.digest);
      await prepareImage(paths, descriptor, image, formatReference(reference), options.unpacking);
      return descriptor.digest;
    },
    "fetch",
  );
}

/** A registry that has one image only gives that one, whatever it was asked for. */
function checkPlatform(paths: HostPaths, reference: Reference, digest: string, wanted: Platform | undefined): void {
  const { architecture } = readImage(paths, digest).config;
  if (wanted === undefined || architecture === "" || architecture === wanted.architecture) return;
  throw new MydockerError(`${familiarReference(reference)}: it is for ${architecture}, not ${wanted.architecture}`, {
    code: "NO_PLATFORM",
    hint: "without --platform, or another image",
  });
}
