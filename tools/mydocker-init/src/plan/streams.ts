import type { OciConfig, OciProcess } from "@mydocker/oci";
import { checkMapped, hostId, userMappings } from "./id-mappings.ts";
import { originOf } from "./namespaces.ts";
import { type Operation, operation } from "./operations.ts";

/**
 * Pipes of the host's root cannot be opened again by a process that has its ids in another namespace: they are given to it. In a user
 * namespace that is joined they stay as they are, for its mappings are not in the config.
 */
export function planStreams(config: OciConfig, process: OciProcess | undefined): Operation[] {
  if (originOf(config, "user") !== "new") return [];
  const mappings = userMappings(config);
  checkMapped(process?.user, mappings);
  const owner = hostId(process?.user?.uid ?? 0, mappings.uid);
  return owner === undefined ? [] : [operation("own-streams", owner)];
}
