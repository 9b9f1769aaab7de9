import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { Frames } from "../layer/frames.ts";
import { LayerMaker } from "../layer/layer-maker.ts";
import { type ImageTree, lookUp, type TreeLayer, treeRoot } from "./image-tree.ts";
import { hasLayer, layerDirectory, placeLayer, readLayerFacts } from "./layers.ts";

/**
 * A layer need not tell of a directory that it only has something in; then owner and mode are the lower layer's that tells of
 * it. Unpacked by itself, such a layer has the directory with an owner and a mode that nobody chose, which an overlay would show. So an
 * image with such layers has one more on top, of directories alone, as they were told of.
 *
 * @param names of its layers, lowest first
 * @returns the same, with that layer where there is need of it
 */
export async function fixImplicit(
  paths: HostPaths,
  names: string[],
  temporary: string,
  landlock: boolean,
): Promise<string[]> {
  const wanted = toldBelow(paths, names);
  if (wanted.size === 0) return names;
  const name = createHash("sha256")
    .update(`mydocker implicit directories\n${names.join("\n")}\n`)
    .digest("hex");
  if (hasLayer(paths, name)) return [...names, name];
  const made = join(temporary, name);
  mkdirSync(made, { mode: 0o755 });
  const maker = new LayerMaker(made, landlock);
  try {
    await maker.write(directoryFrames(wanted));
    await maker.finish();
  } catch (error) {
    await maker.stop();
    throw error;
  }
  placeLayer(paths, made, name, { size: 0, entries: wanted.size, whiteouts: 0, opaque: [], implicit: [] }, false);
  return [...names, name];
}

/** Directories whose topmost layer does not tell of them, and where one that does has them. The root is one, too. */
function toldBelow(paths: HostPaths, names: string[]): Map<string, string> {
  const facts = names.map((name) => readLayerFacts(paths, name));
  if (facts.slice(1).every(({ implicit }) => implicit.length === 0)) return new Map();
  const topmostFirst = names
    .map((name, index): TreeLayer => {
      const isOpaque = (path: string): boolean => facts[index]?.opaque.includes(path) === true;
      return { directory: layerDirectory(paths, name), isOpaque };
    })
    .toReversed();
  const untold = new Map(topmostFirst.map((layer, index) => [layer, new Set(facts.at(-1 - index)?.implicit ?? [])]));
  const found = new Map<string, string>();
  for (const path of new Set(facts.flatMap(({ implicit }) => implicit))) {
    const having = directoryOf(topmostFirst, path);
    const told = having.find((layer) => untold.get(layer)?.has(path) !== true);
    if (told !== undefined && told !== having[0]) found.set(path, join(told.directory, path));
  }
  // Parents of what is in the new layer are in it as well, as they are.
  for (const path of [...found.keys()]) addParents(topmostFirst, path, found);
  return found;
}

function addParents(tree: ImageTree, path: string, found: Map<string, string>): void {
  for (let parent = parentOf(path); !found.has(parent); parent = parentOf(parent)) {
    const [top] = directoryOf(tree, parent);
    if (top !== undefined) found.set(parent, join(top.directory, parent));
    if (parent === ".") return;
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : path.slice(0, slash);
}

/** The layers that have a part in a directory, topmost first; none where it is no directory. */
function directoryOf(tree: ImageTree, path: string): ImageTree {
  let directory = treeRoot(tree);
  for (const part of path === "." ? [] : path.split("/")) {
    const found = lookUp(directory, part);
    if (found?.kind !== "directory") return [];
    directory = found.directory;
  }
  return directory.layers;
}

function directoryFrames(wanted: Map<string, string>): Buffer {
  const frames = new Frames();
  const sorted = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1));
  const times: (() => void)[] = [];
  for (const [path, source] of sorted) {
    const status = unlessErrno(["ENOENT"], () => lstatSync(source));
    if (status === undefined) continue;
    const name = Buffer.from(path, "utf8").toString("latin1");
    const milliseconds = status.mtimeMs;
    const seconds = Math.floor(milliseconds / 1000);
    const time = { seconds, nanoseconds: Math.round((milliseconds - seconds * 1000) * 1e6) % 1e9 };
    frames.directory(name);
    frames.meta(status.mode & 0o7777, status.uid, status.gid, time);
    times.push(() => frames.directoryTime(name, time));
  }
  for (const setTime of times) setTime();
  frames.end();
  return frames.take();
}
