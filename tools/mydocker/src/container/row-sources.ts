import { join } from "node:path";
import { CONTAINER_FILE, containerDirectory, type HostPaths, volumesParent } from "@mydocker/state";
import { humanSize } from "../format/size.ts";
import { startTime } from "./container.ts";
import { directorySize } from "./directory-size.ts";
import { readConfigOf, readMounts } from "./mounts.ts";
import { readEndpoint } from "./ports.ts";
import type { RowSources } from "./row.ts";

/** Where a row's values come from: the host, now. */
export function rowSources(paths: HostPaths, truncate: boolean): RowSources {
  return {
    now: Date.now(),
    truncate,
    startTime: (container) => startTime(paths, container),
    endpoint: (container) => readEndpoint(paths, container),
    mounts: ({ id }) => readMounts(paths, id).map((mount) => mount.Source),
    volumes: ({ id }) => {
      const places = [volumesParent(paths), join(containerDirectory(paths, id), CONTAINER_FILE.volumes)];
      const mounts = readConfigOf(paths, id)?.mounts ?? [];
      return mounts.filter(({ source = "" }) => places.some((place) => source.startsWith(`${place}/`))).length;
    },
    size: ({ id }) => directorySize(join(containerDirectory(paths, id), CONTAINER_FILE.upper)),
    showSize: (bytes) => humanSize(bytes),
  };
}
