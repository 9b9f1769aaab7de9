import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { formatReference, parseReference } from "../reference/reference.ts";
import { type IndexEntry, readIndex } from "./image-index.ts";
import { readImageOrWarn } from "./read-blob.ts";

/** An image that a user named: by reference, or by its id or a unique beginning of it. */
export interface FoundImage {
  /** The entry that the reference named; where it was an id, the first of those that have it. */
  entry: IndexEntry;
  /** Whether an id was given, which names all references of the image. */
  byId: boolean;
}

/**
 * Finds an image in the store: a reference first, then an id, as docker does.
 *
 * @returns undefined where there is none
 * @throws MydockerError for what is neither a reference nor an id, and for an id's beginning that several images have
 */
export function findImage(paths: HostPaths, wanted: string): FoundImage | undefined {
  const entries = readIndex(paths);
  const prefix = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(wanted)?.[1];
  const isId = prefix !== undefined && (prefix.length === 64 || wanted.startsWith("sha256:"));
  if (!isId) {
    const reference = formatReference(parseReference(wanted));
    const entry = entries.find((candidate) => candidate.reference === reference);
    if (entry !== undefined) return { entry, byId: false };
  }
  return prefix === undefined ? undefined : findById(paths, entries, prefix);
}

function findById(paths: HostPaths, entries: IndexEntry[], prefix: string): FoundImage | undefined {
  const matching = entries
    .map((entry) => ({ entry, id: readImageOrWarn(paths, entry.reference, entry.descriptor.digest)?.id }))
    .filter(({ id }) => id?.startsWith(`sha256:${prefix}`) === true);
  const [first] = matching;
  if (first === undefined) return undefined;
  if (new Set(matching.map(({ id }) => id)).size > 1) {
    throw new MydockerError(`"${prefix}" is the beginning of several image ids`, {
      code: "AMBIGUOUS",
      hint: "more of the id",
      exitCode: 1,
    });
  }
  return { entry: first.entry, byId: true };
}

/** As `findImage`, but an image that is not there is an error. */
export function requireImage(paths: HostPaths, wanted: string, exitCode = 1): FoundImage {
  const found = findImage(paths, wanted);
  if (found !== undefined) return found;
  throw new MydockerError(`No such image: ${wanted}`, {
    code: "NO_IMAGE",
    hint: `mydocker-image pull ${wanted}`,
    exitCode,
  });
}
