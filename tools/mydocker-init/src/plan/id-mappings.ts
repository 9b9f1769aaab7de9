import type { OciConfig, OciIdMapping, OciUser } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";

/** user_namespaces(7): a map has at most 340 lines, and is written in one piece of at most a page. */
const LIMIT = { lines: 340, bytes: 4095 };

/** The text of /proc/PID/uid_map or gid_map. */
export function idMapText(mappings: readonly OciIdMapping[], at: string): string {
  const text = mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
  if (mappings.length > LIMIT.lines || text.length > LIMIT.bytes) {
    throw usageError(`${at}: ${mappings.length} ranges are more than the kernel takes`);
  }
  return text;
}

/** What an id of the container is outside; undefined where it is mapped to nothing. */
export function hostId(id: number, mappings: readonly OciIdMapping[]): number | undefined {
  const range = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range === undefined ? undefined : range.hostID + id - range.containerID;
}

export interface IdMappings {
  uid: OciIdMapping[];
  gid: OciIdMapping[];
}

/** The mappings of the container's new user namespace. */
export function userMappings(config: OciConfig): IdMappings {
  const uid = config.linux?.uidMappings ?? [];
  const gid = config.linux?.gidMappings ?? [];
  if (uid.length === 0 || gid.length === 0) {
    throw usageError("linux.namespaces: a new user namespace needs linux.uidMappings and linux.gidMappings");
  }
  // The container is set up by root of its namespace, which has to be somebody.
  for (const [mappings, name] of [
    [uid, "uidMappings"],
    [gid, "gidMappings"],
  ] as const) {
    if (hostId(0, mappings) === undefined)
      throw usageError(`linux.${name}: the id 0 has to be among those of the container`);
  }
  return { uid, gid };
}

/** Ids of the process that are nobody's would only be found out as the last step. */
export function checkMapped(user: Partial<OciUser> | undefined, { uid, gid }: IdMappings): void {
  const unmapped = [
    ...[user?.uid ?? 0].filter((id) => hostId(id, uid) === undefined).map((id) => `uid ${id}`),
    ...[user?.gid ?? 0, ...(user?.additionalGids ?? [])]
      .filter((id) => hostId(id, gid) === undefined)
      .map((id) => `gid ${id}`),
  ];
  if (unmapped.length > 0) throw usageError(`process.user: ${unmapped.join(", ")} is not mapped in the user namespace`);
}
