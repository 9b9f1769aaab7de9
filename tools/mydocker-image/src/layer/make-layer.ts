import { mkdirSync, rmSync } from "node:fs";
import type { LayerFacts } from "../store/layers.ts";
import { LayerMaker } from "./layer-maker.ts";
import { type LayerSource, readLayer } from "./read-layer.ts";

/**
 * Unpacks a layer, by itself, in the form that overlayfs takes.
 *
 * @param directory made here; complete when this returns, and on the disk when somebody syncs it
 */
export async function makeLayer(source: LayerSource, directory: string, landlock: boolean): Promise<LayerFacts> {
  // An archive need not tell of its root.
  mkdirSync(directory, { mode: 0o755 });
  const maker = new LayerMaker(directory, landlock);
  try {
    const read = await readLayer(source, { frames: (bytes) => maker.write(bytes) });
    const { implicit, opaque } = await maker.finish();
    const told = new Set([...read.directories.keys()].map((path) => Buffer.from(path, "latin1").toString("utf8")));
    return {
      size: read.size,
      entries: read.entries,
      whiteouts: read.whiteouts,
      opaque,
      implicit: implicit.filter((path) => !told.has(path)),
    };
  } catch (error) {
    await maker.stop();
    // It may be tried again, from another mirror.
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}
