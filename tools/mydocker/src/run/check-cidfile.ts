import { existsSync } from "node:fs";
import { usageError } from "@mydocker/stage";

/** @throws MydockerError where the file is there: it may be of another container */
export function checkCidfile(file: string | undefined): void {
  if (file === undefined || !existsSync(file)) return;
  throw usageError(`--cidfile ${file}: the file exists`, "remove it, once its container is gone");
}
