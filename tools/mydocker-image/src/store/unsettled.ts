import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory, syncDirectory } from "@mydocker/state";
import { nanoid } from "nanoid/non-secure";
import { unsettledParent } from "./paths.ts";

/** `<layer>.<boot id>.<unique>`: a layer that was placed before it was on the disk for certain, and in which life of the host. */
const MARKER = /^([0-9a-f]{64})\.([0-9a-f-]{36})\.[\w-]+$/;

interface Marker {
  path: string;
  layer: string;
  boot: string;
}

/** Says so of a layer that is about to appear. On the disk when this returns, so that a layer never outlives a power cut without it. */
export function markUnsettled(paths: HostPaths, layer: string): void {
  makePrivateDirectory(unsettledParent(paths));
  writeFileSync(join(unsettledParent(paths), `${layer}.${bootId()}.${nanoid(8)}`), "", { mode: 0o600 });
  syncDirectory(unsettledParent(paths));
}

/** Layers that were not on the disk when the host last stopped, and may have lost anything since. */
export function suspectLayers(paths: HostPaths): Set<string> {
  const found = markers(paths);
  if (found.length === 0) return new Set();
  const now = bootId();
  return new Set(found.filter(({ boot }) => boot !== now).map(({ layer }) => layer));
}

/** Of a layer that is gone, or has been made again: then those of this boot stay. */
export function forgetUnsettled(paths: HostPaths, layer: string, which: "all" | "suspect"): void {
  const found = markers(paths).filter((marker) => marker.layer === layer);
  const now = found.length === 0 ? "" : bootId();
  for (const { path, boot } of found) if (which === "all" || boot !== now) rmSync(path, { force: true });
}

/**
 * Has the store synced once this process has said that it is done, and then its layers known for settled. By a process of its own, which
 * ends with that: killed, it leaves markers that the next one takes.
 */
export function settleLater(paths: HostPaths): void {
  const now = markers(paths).filter(({ boot }) => boot === bootId());
  if (now.length === 0) return;
  // What a marker is about was complete before the marker was there, and so before this.
  const script = 'sync --file-system "$1" && shift && rm -f -- "$@"';
  const args = ["-c", script, "mydocker-settle", paths.root, ...now.slice(0, 1000).map(({ path }) => path)];
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn("sh", args, { detached: true, stdio: "ignore", cwd: "/", env: { PATH: process.env.PATH } });
  child.on("error", () => {});
  child.unref();
}

function markers(paths: HostPaths): Marker[] {
  const directory = unsettledParent(paths);
  const names = unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? [];
  return names.flatMap((name) => {
    const [, layer, boot] = MARKER.exec(name) ?? [];
    return layer === undefined || boot === undefined ? [] : [{ path: join(directory, name), layer, boot }];
  });
}

/** random(4): another one after each start of the host. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
