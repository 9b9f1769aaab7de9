import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemError, usageError } from "@mydocker/stage";

/**
 * Asked before there is a container: nobody would learn its id.
 *
 * @throws MydockerError where the file is there, as it may be of another container, or its directory is not
 */
export function checkCidfile(file: string | undefined): void {
  if (file === undefined) return;
  if (existsSync(file)) throw usageError(`--cidfile ${file}: the file exists`, "remove it, once its container is gone");
  try {
    statSync(dirname(file));
  } catch (error) {
    throw systemError(`--cidfile ${file}`, error, "a directory that is there");
  }
}
