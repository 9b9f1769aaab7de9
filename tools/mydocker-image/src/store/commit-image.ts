import { existsSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory, withLock, writeFileAtomic } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import type { Descriptor } from "./documents.ts";
import { readIndex, withEntry, writeIndex } from "./image-index.ts";
import { hasLayer, readLayerFacts } from "./layers.ts";
import { linksParent, stackFile, stacksParent, storeLock } from "./paths.ts";
import { hasBlob, readImage } from "./read-blob.ts";
import type { Stack } from "./stack.ts";

/**
 * Writes down that an image is unpacked, and gives it a reference in the store. This is the moment from which on nobody takes
 * its layers and blobs away.
 *
 * @param layers names below `layers/`, lowest first
 * @param reference undefined: it has one, or a container needs it that has none
 * @returns undefined where something has gone in the meantime: it was another image's that was just removed
 */
export async function commitImage(
  paths: HostPaths,
  descriptor: Descriptor,
  layers: string[],
  reference: string | undefined,
): Promise<Stack | undefined> {
  return withLock(storeLock(paths), async () => {
    if (!layers.every((name) => hasLayer(paths, name))) return undefined;
    if (reference !== undefined && !hasDocuments(paths, descriptor)) return undefined;
    const stack = writeStack(paths, digestHex(descriptor.digest, "image"), layers);
    if (reference !== undefined) {
      const { mediaType, digest, size } = descriptor;
      writeIndex(paths, withEntry(readIndex(paths), reference, { mediaType, digest, size }, stack.size));
    }
    return stack;
  });
}

/** What layers were unpacked from may have been discarded; they are there. */
function hasDocuments(paths: HostPaths, descriptor: Descriptor): boolean {
  return hasBlob(paths, descriptor) && hasBlob(paths, readImage(paths, descriptor.digest).manifest.config);
}

function writeStack(paths: HostPaths, manifestHex: string, lowestFirst: string[]): Stack {
  // Twice the same layer is once the upper one: all that the lower one says, it says again.
  const layers = [...new Set(lowestFirst.toReversed())];
  const facts = layers.map((name) => ({ name, ...readLayerFacts(paths, name) }));
  const [only] = facts;
  const stack: Stack = {
    layers,
    lower: layers.length === 1 ? [`layers/${layers[0]}`] : layers.map((name) => `l/${linkTo(paths, name)}`),
    opaque: facts.filter(({ opaque }) => opaque.length > 0).map(({ name }) => name),
    isPlain: facts.length === 1 && only?.whiteouts === 0,
    size: facts.reduce((sum, { size }) => sum + size, 0),
  };
  makePrivateDirectory(stacksParent(paths));
  writeFileAtomic(stackFile(paths, manifestHex), `${JSON.stringify(stack)}\n`, { durable: true });
  return stack;
}

const LINK_LENGTH = 8;

/**
 * A link's name: eight digits of the layer's own, so that 127 of them fit the page that mount(2) takes. Anybody can make a layer
 * whose name begins like another's, so where it is another's, the next eight are tried.
 */
function linkTo(paths: HostPaths, name: string): string {
  makePrivateDirectory(linksParent(paths));
  const target = `../layers/${name}`;
  for (let offset = 0; offset + LINK_LENGTH <= name.length; offset += 1) {
    const link = name.slice(offset, offset + LINK_LENGTH);
    const path = join(linksParent(paths), link);
    const there = unlessErrno(["ENOENT"], () => readlinkSync(path));
    if (there === target) return link;
    if (there === undefined && !existsSync(path)) {
      symlinkSync(target, path);
      return link;
    }
  }
  throw new Error(`no name is left for a link to the layer ${name}`);
}
