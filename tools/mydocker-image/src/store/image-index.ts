import { join } from "node:path";
import { type HostPaths, makePrivateDirectory, readTextIfExists, writeFileAtomic } from "@mydocker/state";
import { type Descriptor, parseDescriptor, parseRecord } from "./documents.ts";
import { indexFile, layoutDirectory } from "./paths.ts";

/** One reference of the store. */
export interface IndexEntry {
  /** Normalised. */
  reference: string;
  descriptor: Descriptor;
}

const REFERENCE = "org.opencontainers.image.ref.name";
/** Bytes the image has unpacked: measured once, so that a list need not walk a tree. */
const UNPACKED_SIZE = "io.mydocker.unpacked-size";

/** All references, in the order they came. */
export function readIndex(paths: HostPaths): IndexEntry[] {
  const text = readTextIfExists(indexFile(paths));
  if (text === undefined) return [];
  return parseIndex(text, indexFile(paths));
}

/** Reads any OCI layout's index; entries without a reference name are none of ours. */
export function parseIndex(text: string, what: string): IndexEntry[] {
  const { manifests } = parseRecord(text, what);
  return (Array.isArray(manifests) ? manifests : []).flatMap((value, index) => {
    const descriptor = parseDescriptor(value, `${what}: manifests[${index}]`);
    const reference = descriptor.annotations?.[REFERENCE];
    return reference === undefined ? [] : [{ reference, descriptor }];
  });
}

/** Adds a reference, or lets it name another image. */
export function withEntry(
  entries: IndexEntry[],
  reference: string,
  descriptor: Descriptor,
  unpacked: number,
): IndexEntry[] {
  const annotations = { [REFERENCE]: reference, [UNPACKED_SIZE]: `${unpacked}` };
  return [
    ...entries.filter((entry) => entry.reference !== reference),
    { reference, descriptor: { ...descriptor, annotations } },
  ];
}

export function withoutReference(entries: IndexEntry[], reference: string): IndexEntry[] {
  return entries.filter((entry) => entry.reference !== reference);
}

/** Bytes the image has unpacked. */
export function unpackedSize({ descriptor }: IndexEntry): number {
  const size = Number(descriptor.annotations?.[UNPACKED_SIZE] ?? "0");
  return Number.isSafeInteger(size) && size >= 0 ? size : 0;
}

/** Replaces the index. The caller holds the store's lock. */
export function writeIndex(paths: HostPaths, entries: IndexEntry[]): void {
  makePrivateDirectory(layoutDirectory(paths));
  writeFileAtomic(join(layoutDirectory(paths), "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const index = { schemaVersion: 2, manifests: entries.map(({ descriptor }) => descriptor) };
  writeFileAtomic(indexFile(paths), `${JSON.stringify(index)}\n`, { durable: true });
}
