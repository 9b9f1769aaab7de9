import { readdirSync, statSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { containerLife, type HostPaths, isAlive, isLive } from "@mydocker/state";
import { linkExists } from "../link/links.ts";
import { endpointNames } from "./names.ts";
import { readEndpoint } from "./record.ts";

/**
 * Whether somebody still needs an endpoint. Of a container's, `containerLife` decides; but while `attach` itself runs, and
 * while a process is in the namespace of a container that mydocker keeps no record of (its config went to another
 * runtime), the endpoint is not garbage either. What was made by CNI in a namespace that is not ours lives as long as that does, and so does its link.
 */
export function isOwnerLive(paths: HostPaths, id: string): boolean {
  const record = readEndpoint(paths, id);
  if (record !== undefined && isAlive(record.attacher)) return true;
  if (record?.attachment !== undefined) return linkExists(record.link);
  if (record?.container !== undefined) return isOwnerLive(paths, record.container);
  const { status } = containerLife(paths, id);
  if (isLive(status)) return true;
  return status === "missing" && hasProcess(endpointNames(paths, id).netnsPath);
}

/** Whether any process is in the network namespace. Looks at every process: not for the hot path. */
export function hasProcess(netnsPath: string): boolean {
  const gone = ["ENOENT", "ESRCH", "EACCES"];
  const namespace = unlessErrno(gone, () => statSync(netnsPath));
  if (namespace === undefined) return false;
  return readdirSync("/proc").some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const own = unlessErrno(gone, () => statSync(`/proc/${pid}/ns/net`));
    return own !== undefined && own.ino === namespace.ino && own.dev === namespace.dev;
  });
}
