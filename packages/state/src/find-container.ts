import { readdirSync } from "node:fs";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import { claimOwner } from "./claim.ts";
import { containersParent, type HostPaths, nameClaim } from "./paths.ts";

/** The ids of all containers that have a directory. */
export function listContainerIds(paths: HostPaths): string[] {
  return unlessErrno(["ENOENT"], () => readdirSync(containersParent(paths))) ?? [];
}

/**
 * Finds a container by full id, name, or any unique prefix of an id, in docker's order of precedence.
 *
 * @throws MydockerError `NO_CONTAINER` or `AMBIGUOUS`, exit code 1 as docker's client has it
 */
export function findContainer(paths: HostPaths, wanted: string): string {
  const named = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(wanted) ? claimOwner(nameClaim(paths, wanted)) : undefined;
  const ids = listContainerIds(paths);
  if (ids.includes(wanted)) return wanted;
  if (named !== undefined && ids.includes(named)) return named;
  const matching = wanted === "" ? [] : ids.filter((id) => id.startsWith(wanted));
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  if (matching.length > 1) {
    throw new MydockerError(`"${wanted}" is the beginning of ${matching.length} container ids`, {
      code: "AMBIGUOUS",
      hint: "more of the id",
      exitCode: 1,
    });
  }
  throw new MydockerError(`No such container: ${wanted}`, { code: "NO_CONTAINER", exitCode: 1 });
}
