import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "@mydocker/testing";

const TOOLS = ["mydocker", "mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"];

/**
 * An installation with another program in the shim's place.
 *
 * @param directory made here
 * @param shim the program, or a shell script that has the shim's arguments
 * @returns the value of MYDOCKER_BIN that makes the tools use it
 */
export function installWithShim(directory: string, shim: { program: string } | { script: string }): string {
  const [bin, libexec] = [join(directory, "bin"), join(directory, "libexec/mydocker")];
  for (const path of [bin, libexec]) mkdirSync(path, { recursive: true });
  for (const tool of TOOLS) symlinkSync(join(BIN, tool), join(bin, tool));
  symlinkSync(join(BIN, "../share"), join(directory, "share"));
  const others = readdirSync(join(BIN, "../libexec/mydocker")).filter((name) => name !== "mydocker-shim");
  for (const name of others) symlinkSync(join(BIN, "../libexec/mydocker", name), join(libexec, name));
  const place = join(libexec, "mydocker-shim");
  if ("program" in shim) symlinkSync(shim.program, place);
  else writeFileSync(place, `#!/bin/sh\n${shim.script}\n`, { mode: 0o755 });
  return bin;
}
