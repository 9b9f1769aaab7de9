import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { decompress } from "../layer/decompress.ts";
import { digestHex } from "../reference/digest.ts";
import type { Descriptor } from "../store/documents.ts";
import type { IndexEntry } from "../store/image-index.ts";
import { hasLayer, layerDirectory } from "../store/layers.ts";
import { stackFile } from "../store/paths.ts";
import { hasBlob, readImage } from "../store/read-blob.ts";
import { readStack } from "../store/stack.ts";
import { streamBlob } from "../store/stream-blob.ts";
import { TarReader } from "../tar/reader.ts";
import { compareLayer } from "./compare-layer.ts";
import { ExpectedFiles } from "./expected-files.ts";

export interface Verified {
  images: number;
  blobs: number;
  /** Unpacked ones that have been compared with their archives. */
  layers: number;
  /** Layers that are not there as they came, on purpose: there is nothing to compare them with. */
  discarded: number;
  problems: string[];
}

/** Reads every blob of images again, and compares every layer that is unpacked with its archive. Changes nothing. */
export async function verifyImages(paths: HostPaths, entries: IndexEntry[]): Promise<Verified> {
  const verified: Verified = { images: 0, blobs: 0, layers: 0, discarded: 0, problems: [] };
  const seen = new Set<string>();
  for (const { reference, descriptor } of entries) {
    const note = (what: string): number => verified.problems.push(`${reference}: ${what}`);
    verified.images += 1;
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    try {
      // Manifest and config are hashed by reading them.
      const { manifest, config, hex } = readImage(paths, descriptor.digest);
      verified.blobs += 2;
      const stack = readStack(paths, hex);
      if (existsSync(stackFile(paths, hex)) && stack === undefined) note("not all of its layers are there");
      for (const [index, layer] of manifest.layers.entries()) {
        const diffId = config.diffIds[index] ?? "";
        if (seen.has(`${layer.digest} ${diffId}`)) continue;
        seen.add(`${layer.digest} ${diffId}`);
        if (stack?.discarded?.includes(layer.digest) === true && !hasBlob(paths, layer)) {
          verified.discarded += 1;
          continue;
        }
        verified.blobs += 1;
        for (const problem of await verifyLayer(paths, layer, diffId, verified))
          note(`layer ${diffId.slice(0, 19)}: ${problem}`);
      }
    } catch (error) {
      if (!(error instanceof MydockerError)) throw error;
      note(error.message);
    }
  }
  return verified;
}

async function verifyLayer(paths: HostPaths, layer: Descriptor, diffId: string, verified: Verified): Promise<string[]> {
  const expected = new ExpectedFiles();
  const tar = new TarReader(expected);
  const hash = createHash("sha256");
  try {
    for await (const chunk of decompress(streamBlob(paths, layer))) {
      hash.update(chunk);
      tar.push(chunk);
    }
    tar.end();
  } catch (error) {
    if (!(error instanceof MydockerError)) throw error;
    return [error.message];
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== diffId) return [`its content is another, ${found}`];
  const name = digestHex(diffId, "diff id");
  if (!hasLayer(paths, name)) return [];
  verified.layers += 1;
  return compareLayer(layerDirectory(paths, name), expected.files);
}
