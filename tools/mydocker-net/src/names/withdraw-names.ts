import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type HostPaths, withLock } from "@mydocker/state";
import { namePlaces, namesLock } from "./name-places.ts";
import { hasNames, stopNameServer } from "./name-server.ts";

/** Takes an endpoint's names away, and with the last ones of a network its server. */
export async function withdrawNames(paths: HostPaths, bridge: string, id: string): Promise<void> {
  const places = namePlaces(paths, bridge);
  if (!existsSync(places.directory)) return;
  rmSync(join(places.hosts, id), { force: true });
  if (hasNames(places)) return;
  await withLock(namesLock(paths), async () => {
    // Somebody may have come in between.
    if (!hasNames(places)) stopNameServer(places);
  });
}
