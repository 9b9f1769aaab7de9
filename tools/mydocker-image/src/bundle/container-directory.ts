import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  type ContainerRecord,
  containerDirectory,
  containersParent,
  type HostPaths,
  makePrivateDirectory,
  writeContainerRecord,
} from "@mydocker/state";
import { makeTemporaryDirectory } from "../store/temporary.ts";

/**
 * Makes a container's directory with its record and its overlay's parts. It appears by rename, complete: a directory
 * without a record is what `gc` takes for garbage.
 *
 * @returns the directory
 */
export function makeContainerDirectory(paths: HostPaths, record: ContainerRecord): string {
  const target = containerDirectory(paths, record.id);
  const temporary = makeTemporaryDirectory(paths);
  try {
    for (const part of [CONTAINER_FILE.rootfs, CONTAINER_FILE.upper, CONTAINER_FILE.work]) {
      // The upper's mode becomes that of the container's /.
      mkdirSync(join(temporary, part), { mode: 0o755 });
    }
    writeContainerRecord(temporary, record);
    makePrivateDirectory(containersParent(paths));
    renameSync(temporary, target);
    return target;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw systemError(`make ${target}`, error);
    throw new MydockerError(`the container id "${record.id}" is already in use`, {
      code: "ID_TAKEN",
      hint: `another --id, or mydocker rm ${record.id.slice(0, 12)}`,
    });
  }
}
