import { existsSync, linkSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { systemError, unlessErrno } from "@mydocker/stage";
import { makePrivateDirectory, readTextIfExists, temporaryName } from "./atomic-file.ts";
import { identifyProcess } from "./process-identity.ts";

/**
 * Claims a name, an address or a port: a file named after what is claimed, holding who claimed it. The file appears
 * with its content (written beside, then linked: link(2) fails with EEXIST as O_EXCL does), so nobody ever sees a
 * claim without its owner.
 *
 * @param path the claim's file; its directory is made as needed
 * @param owner the container's id
 * @returns undefined when the claim is now ours, or the owner who has it
 */
export function claim(path: string, owner: string): string | undefined {
  makePrivateDirectory(dirname(path));
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, owner, { flag: "wx", mode: 0o600 });
    const won = unlessErrno(["EEXIST"], () => {
      linkSync(temporary, path);
      return true;
    });
    if (won === true) return undefined;
  } catch (error) {
    throw systemError(`claim ${path}`, error);
  } finally {
    rmSync(temporary, { force: true });
  }
  // Released between our link and this read: the next try decides.
  const holder = readTextIfExists(path);
  return holder === undefined ? claim(path, owner) : holder;
}

/** Who has the claim, or undefined. */
export function claimOwner(path: string): string | undefined {
  return readTextIfExists(path);
}

/** Gives a claim up; nothing happens unless `owner` has it. */
export function releaseClaim(path: string, owner: string): boolean {
  if (claimOwner(path) !== owner) return false;
  unlessErrno(["ENOENT"], () => {
    unlinkSync(path);
  });
  return true;
}

/** Whether a file in a claims directory is a claim that is still being written. */
export function isTemporary(fileName: string): boolean {
  return fileName.endsWith(".tmp");
}

/** A minute is longer than any write takes: what is older is abandoned even where another process has its writer's pid. */
const STALE_MILLISECONDS = 60_000;

/** Whether a temporary file (`isTemporary`) is what a killed writer has left. False for one that is gone. */
export function isAbandonedTemporary(path: string): boolean {
  const writer = /\.(\d+)-[\w-]{8}\.tmp$/.exec(path)?.[1];
  if (writer !== undefined && identifyProcess(Number(writer)) === undefined) return existsSync(path);
  const modified = unlessErrno(["ENOENT"], () => statSync(path).mtimeMs);
  return modified !== undefined && Date.now() - modified > STALE_MILLISECONDS;
}
