import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type OciConfig, stringifyExact } from "@mydocker/oci";
import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import {
  identifyProcess,
  isAbandonedTemporary,
  isAlive,
  makePrivateDirectory,
  type ProcessIdentity,
  RUNTIME_FILE,
  readJsonIfExists,
  temporaryName,
} from "@mydocker/state";

const CREATOR = "creator.json";

/** No id begins with a dot. */
const UNFINISHED = ".creating";

/**
 * Makes a container's runtime directory, which is the claim of its id: it appears by rename, with the config as it was
 * (runtime.md: later changes to it have no effect) and with who is making the container.
 *
 * @throws MydockerError `ID_TAKEN` where a container of that id exists
 */
export function makeRuntimeDirectory(directory: string, config: OciConfig): void {
  const parent = dirname(directory);
  makePrivateDirectory(parent);
  const temporary = temporaryName(join(parent, UNFINISHED));
  try {
    mkdirSync(temporary, { mode: 0o700 });
    writeFileSync(join(temporary, CREATOR), JSON.stringify(identifyProcess(process.pid)), { mode: 0o600 });
    writeFileSync(join(temporary, RUNTIME_FILE.config), stringifyExact(config), { mode: 0o600 });
    renameSync(temporary, directory);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) {
      throw new MydockerError(
        `container with id ${JSON.stringify(directory.slice(parent.length + 1))} already exists`,
        {
          code: "ID_TAKEN",
          hint: "another id, or mydocker-init delete",
        },
      );
    }
    throw systemError(`create ${directory}`, error);
  }
}

/** Whether a directory has not become a container's: nothing else has been made for it yet, and what is in it need not be whole. */
export function isUnfinished(directory: string): boolean {
  return basename(directory).startsWith(UNFINISHED);
}

/** Who made the directory; undefined once it is gone. */
export function readCreator(directory: string): ProcessIdentity | undefined {
  return readJsonIfExists(join(directory, CREATOR)) as ProcessIdentity | undefined;
}

/** Whether nobody is making the container any more of which there is a directory, but no state. */
export function isLeftUnmade(directory: string): boolean {
  const creator = readCreator(directory);
  if (creator !== undefined) return !isAlive(creator);
  return isUnfinished(directory) ? isAbandonedTemporary(directory) : true;
}

export function removeRuntimeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
