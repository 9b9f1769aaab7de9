import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { DEFAULT_UNPACKING, type UnpackOptions } from "../layer/unpack-options.ts";
import { familiarReference, formatReference, type Reference } from "../reference/reference.ts";
import { DEFAULT_TIMEOUT } from "../registry/client.ts";
import { discardBlobs } from "../store/discard-blobs.ts";
import type { Descriptor } from "../store/documents.ts";
import { blobsDirectory } from "../store/paths.ts";
import { readImage } from "../store/read-blob.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { prepareImage } from "../store/unpack.ts";
import { withRoom } from "../store/with-room.ts";
import { type CopyOptions, copyFromRegistry } from "./copy-from-registry.ts";
import { fetchImage } from "./fetch-image.ts";
import type { Platform } from "./platform.ts";
import { Progress } from "./progress.ts";

/** `skopeo` is the way of old: what `native` is compared with. */
export type Transport = "native" | "skopeo";

export interface PullOptions extends Pick<CopyOptions, "tlsVerify" | "platform"> {
  quiet?: boolean;
  /** Where skopeo finds it, where that is no registry. */
  location?: string;
  transport?: Transport;
  /** Seconds in which a registry has to say something. */
  timeout?: number;
  unpacking?: UnpackOptions;
  /** false: what layers were unpacked from is taken away then. */
  keepBlobs?: boolean;
}

/**
 * Fetches an image into the store and unpacks it.
 *
 * @returns the digest of its manifest
 */
export async function pullImage(paths: HostPaths, reference: Reference, options: PullOptions): Promise<string> {
  const progress = new Progress(options.quiet === true);
  const unpacking = options.unpacking ?? DEFAULT_UNPACKING;
  makePrivateDirectory(blobsDirectory(paths));
  progress.line(`pulling ${options.location ?? formatReference(reference)}`);
  try {
    const work = async (directory: string): Promise<string> => {
      const descriptor =
        options.transport === "skopeo"
          ? await copyWithSkopeo(paths, reference, directory, options, progress)
          : await fetchImage(paths, reference, directory, {
              ...options,
              unpacking,
              progress,
              timeout: options.timeout ?? DEFAULT_TIMEOUT,
            });
      checkPlatform(paths, reference, descriptor.digest, options.platform);
      const image = readImage(paths, descriptor.digest);
      await prepareImage(paths, descriptor, image, formatReference(reference), unpacking);
      if (options.keepBlobs === false) await discardBlobs(paths, descriptor.digest, directory);
      return descriptor.digest;
    };
    return await withRoom(paths, () => withTemporaryDirectory(paths, work, "fetch"));
  } finally {
    progress.stop();
  }
}

function copyWithSkopeo(
  paths: HostPaths,
  reference: Reference,
  directory: string,
  options: PullOptions,
  progress: Progress,
): Promise<Descriptor> {
  const onProgress = (line: string): void => progress.line(line);
  const { location } = options;
  const source = {
    reference,
    location: location ?? `docker://${formatReference(reference)}`,
    isRegistry: location === undefined,
  };
  return copyFromRegistry(paths, source, join(directory, "layout"), { ...options, onProgress });
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
