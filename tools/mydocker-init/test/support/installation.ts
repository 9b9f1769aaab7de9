import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { install, LIBEXEC } from "@mydocker/testing";

/**
 * An installation with another program in the shim's place.
 *
 * @param directory made here
 * @param shim the program, or a shell script that has the shim's arguments
 * @returns the value of MYDOCKER_BIN that makes the tools use it
 */
export function installWithShim(directory: string, shim: { program: string } | { script: string }): string {
  const { bin, libexec } = install(
    directory,
    readdirSync(LIBEXEC).filter((name) => name !== "mydocker-shim"),
  );
  const place = join(libexec, "mydocker-shim");
  if ("program" in shim) symlinkSync(shim.program, place);
  else writeFileSync(place, `#!/bin/sh\n${shim.script}\n`, { mode: 0o755 });
  return bin;
}
