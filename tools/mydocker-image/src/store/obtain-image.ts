import { info, MydockerError, usageError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import type { PullOptions } from "../pull/pull-image.ts";
import { familiarReference, formatReference, parseReference } from "../reference/reference.ts";
import { findImage, requireImage } from "./find-image.ts";
import type { IndexEntry } from "./image-index.ts";

export type PullPolicy = "missing" | "always" | "never";

export function parsePullPolicy(text: string): PullPolicy {
  if (text === "missing" || text === "always" || text === "never") return text;
  throw usageError(`--pull ${JSON.stringify(text.slice(0, 40))}: expected missing, always or never`);
}

/**
 * The image to make a container of: from the store, or fetched as the policy has it. busybox needs no registry.
 *
 * @throws MydockerError `NO_IMAGE` where the policy is `never`
 */
export async function obtainImage(
  paths: HostPaths,
  wanted: string,
  policy: PullPolicy,
  options: PullOptions,
): Promise<IndexEntry> {
  const found = findImage(paths, wanted);
  if (found !== undefined && policy !== "always") return found.entry;
  // What follows is slow for other reasons; the way of a stored image should not pay for loading it.
  const [{ EMBEDDED_REFERENCE, hasEmbeddedImage, importEmbeddedImage }, { pullImage }, { withInterruption }] =
    await Promise.all([import("./embedded-image.ts"), import("../pull/pull-image.ts"), import("./interruption.ts")]);
  // An id is found or not; no registry can be asked for it.
  const reference = parseReference(wanted);
  const isEmbedded = formatReference(reference) === EMBEDDED_REFERENCE && hasEmbeddedImage();
  if (isEmbedded && policy === "missing") {
    await importEmbeddedImage(paths);
  } else if (policy === "never") {
    throw new MydockerError(`No such image: ${familiarReference(reference)}`, {
      code: "NO_IMAGE",
      hint: `mydocker-image pull ${wanted}`,
    });
  } else {
    if (policy === "missing") info(`Unable to find image '${familiarReference(reference)}' locally`);
    await withInterruption(() => pullImage(paths, reference, options));
  }
  return requireImage(paths, formatReference(reference)).entry;
}
