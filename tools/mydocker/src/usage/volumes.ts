import { readdirSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, listContainerIds, volumeData, volumesParent } from "@mydocker/state";
import { directorySize } from "../container/directory-size.ts";
import { readMounts } from "../container/mounts.ts";

export interface VolumeUsage {
  name: string;
  /** Bytes of its files. */
  size: number;
  /** Containers that have it mounted, running or not. */
  links: number;
}

/** All volumes that have a name. */
export function volumesUsage(paths: HostPaths): VolumeUsage[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(volumesParent(paths))) ?? [];
  const mounted = listContainerIds(paths).map((id) => new Set(readMounts(paths, id).map(({ Source }) => Source)));
  return names.map((name) => {
    const data = volumeData(paths, name);
    return { name, size: directorySize(data), links: mounted.filter((sources) => sources.has(data)).length };
  });
}
