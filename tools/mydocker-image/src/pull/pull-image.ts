import { join } from "node:path";
import { info, MydockerError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { familiarReference, formatReference, type Reference } from "../reference/reference.ts";
import { addImage } from "../store/add-image.ts";
import { blobsDirectory } from "../store/paths.ts";
import { readImage } from "../store/read-blob.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { type CopyOptions, copyFromRegistry } from "./copy-from-registry.ts";
import type { Platform } from "./platform.ts";

export interface PullOptions extends Pick<CopyOptions, "tlsVerify" | "platform"> {
  quiet?: boolean;
}

/** How often a pull starts again because a layer it relied on was removed with another image. */
const ATTEMPTS = 3;

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
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const digest = await withTemporaryDirectory(
      paths,
      async (directory) => {
        const layout = join(directory, "layout");
        const descriptor = await copyFromRegistry(paths, reference, layout, { ...options, onProgress });
        checkPlatform(paths, reference, descriptor.digest, options.platform);
        onProgress(`unpacking ${descriptor.digest}`);
        return (await addImage(paths, formatReference(reference), descriptor)) ? descriptor.digest : undefined;
      },
      "fetch",
    );
    if (digest !== undefined) return digest;
  }
  throw new MydockerError(`pull ${familiarReference(reference)}: its layers are being removed at the same time`, {
    code: "PULL_RACE",
    hint: "again",
  });
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
