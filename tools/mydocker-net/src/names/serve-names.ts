import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { warn } from "@mydocker/stage";
import { type HostPaths, temporaryName, withLock } from "@mydocker/state";
import type { EndpointClaims } from "../endpoint/record.ts";
import { type Network, toRecord } from "../network/network.ts";
import { withoutPrefix } from "../ports/port-spec.ts";
import { resolves } from "./ask-name.ts";
import { namePlaces, namesLock } from "./name-places.ts";
import { isServing, nameServerOf, startNameServer } from "./name-server.ts";

/**
 * Makes an endpoint's names known on its network, with a server there, and returns when the first of them resolves.
 *
 * @throws MydockerError `NAMES_NOT_SERVED`, `MISSING_PROGRAM`
 */
export async function serveNames(
  paths: HostPaths,
  network: Network,
  id: string,
  names: string[],
  claims: EndpointClaims,
): Promise<void> {
  const places = namePlaces(paths, network.bridge);
  const server = nameServerOf(toRecord(network));
  // What is made here is for the server to read, which is nobody.
  process.umask(0o022);
  const started = await withLock(namesLock(paths), async () => {
    mkdirSync(places.hosts, { recursive: true });
    // Under its own name at once: the server reads whatever appears.
    const temporary = temporaryName(join(places.directory, "names"));
    writeFileSync(temporary, renderNames(names, claims), { mode: 0o644 });
    renameSync(temporary, join(places.hosts, id));
    if (isServing(places)) return false;
    await startNameServer(paths, server);
    return true;
  });
  const [name = ""] = names;
  const [address = ""] = server.addresses;
  if (started || (await resolves(name, withoutPrefix(claims.address), address))) return;
  warn(`name ${name} does not resolve yet on network ${network.name}`);
}

/** Lines of hosts(5). */
export function renderNames(
  names: string[],
  { address, address6 }: Pick<EndpointClaims, "address" | "address6">,
): string {
  return [address, address6]
    .filter((found) => found !== undefined)
    .map((found) => `${withoutPrefix(found)}\t${names.join(" ")}\n`)
    .join("");
}
