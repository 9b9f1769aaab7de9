import type { PortMapping } from "@mydocker/oci";
import { claimOwner, type HostPaths } from "@mydocker/state";
import { type EndpointClaims, listEndpointIds, readEndpoint } from "../endpoint/record.ts";
import { listMade } from "../network/bridge-state.ts";
import type { NetworkRecord } from "../network/network.ts";
import { withNetworkLock } from "../network-lock.ts";
import { portClaim } from "../ports/port-claims.ts";
import { withoutPrefix } from "../ports/port-spec.ts";
import { runNow, succeeds } from "../run-now.ts";
import { type Publication, renderAdd, renderDelete, renderTable } from "./rules.ts";

/**
 * Replaces the table by what the records say, in one transaction. Call it under the network lock. Ports of an `attach` that runs meanwhile could be
 * lost between our reading of its record and the transaction, so the records are read again afterwards.
 *
 * @param networks all that are up, or about to be
 */
export function loadTable(paths: HostPaths, networks: NetworkRecord[]): void {
  const rules = { table: paths.prefix, networks };
  let loaded: string;
  let wanted = renderTable(rules, listPublications(paths));
  do {
    loaded = wanted;
    runNow("nft", ["-f", "-"], loaded, explainNft);
    wanted = renderTable(rules, listPublications(paths));
  } while (wanted !== loaded);
}

/** Adds a container's ports. Where that fails the table is not what it should be (flushed, say): it is loaded anew. */
export async function addPorts(paths: HostPaths, publications: Publication[]): Promise<void> {
  if (await succeeds("nft", [renderAdd(paths.prefix, publications)])) return;
  await withNetworkLock(async () => loadTable(paths, listMade(paths)));
}

/** Deletes ports that are known to be the caller's own; ports or a table that are not there are as good as deleted. */
export async function deletePorts(table: string, ports: Omit<PortMapping, "containerPort">[]): Promise<void> {
  if (await succeeds("nft", [renderDelete(table, ports)])) return;
  // One transaction fails as a whole: of a half-made endpoint some may be there and some not.
  for (const port of ports) await succeeds("nft", [renderDelete(table, [port])]);
}

/** Every port that is published: those of the records whose claim is theirs. */
export function listPublications(paths: HostPaths): Publication[] {
  return listEndpointIds(paths).flatMap((id) => {
    const claimed = readEndpoint(paths, id)?.claimed;
    if (claimed === undefined) return [];
    return publicationsOf(claimed).filter((port) => claimOwner(portClaim(paths, port)) === id);
  });
}

/** A container's ports, each with the address of its family. */
export function publicationsOf({ address, address6 = "", ports }: EndpointClaims): Publication[] {
  return ports.map((port) => ({ ...port, address: withoutPrefix(port.hostIp.includes(":") ? address6 : address) }));
}

/** nft's first line has the reason; what follows quotes the rules. */
function explainNft(stderr: string): string {
  return `nft: ${stderr.split("\n")[0] ?? ""}`;
}
