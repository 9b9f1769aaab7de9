import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, withLock } from "@mydocker/state";
import { readEndpoint } from "../endpoint/record.ts";
import { readMade } from "../network/bridge-state.ts";
import { listNamedBridges, namePlaces, namesLock } from "./name-places.ts";
import { hasNames, isServing, nameServerOf, startNameServer, stopNameServer } from "./name-server.ts";

/** Names without an endpoint go, and servers without names; a server that somebody has killed comes back. */
export async function collectNames(paths: HostPaths, dryRun: boolean, print: (line: string) => void): Promise<void> {
  for (const bridge of listNamedBridges(paths)) {
    await withLock(namesLock(paths), () => collectServer(paths, bridge, dryRun, print));
  }
}

async function collectServer(
  paths: HostPaths,
  bridge: string,
  dryRun: boolean,
  print: (line: string) => void,
): Promise<void> {
  const places = namePlaces(paths, bridge);
  for (const id of unlessErrno(["ENOENT"], () => readdirSync(places.hosts)) ?? []) {
    if (readEndpoint(paths, id) !== undefined) continue;
    print(`names of ${id}`);
    if (!dryRun) rmSync(join(places.hosts, id), { force: true });
  }
  const network = readMade(paths, bridge);
  if (!hasNames(places) || network === undefined) {
    print(`name server of ${bridge}`);
    if (!dryRun) stopNameServer(places);
    return;
  }
  if (isServing(places)) return;
  print(`restored name server of ${bridge}`);
  if (!dryRun) await startNameServer(paths, nameServerOf(network));
}
