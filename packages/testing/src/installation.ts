import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "./sandbox.ts";

/** `dist/libexec/mydocker`: what the tools call and nobody else. */
export const LIBEXEC = join(BIN, "../libexec/mydocker");

const TOOLS = ["mydocker", "mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"];

/**
 * An installation of links to what was built.
 *
 * @param directory made here
 * @param programs what there is of libexec/mydocker, by name
 * @param executable what the five names lead to
 * @returns its `bin`, the value of MYDOCKER_BIN that makes the tools use it; and its `libexec/mydocker`
 */
export function install(
  directory: string,
  programs: string[],
  executable = join(BIN, "mydocker"),
): { bin: string; libexec: string } {
  const [bin, libexec] = [join(directory, "bin"), join(directory, "libexec/mydocker")];
  for (const path of [bin, libexec]) mkdirSync(path, { recursive: true });
  for (const tool of TOOLS) symlinkSync(executable, join(bin, tool));
  for (const program of programs) symlinkSync(join(LIBEXEC, program), join(libexec, program));
  symlinkSync(join(BIN, "../share"), join(directory, "share"));
  return { bin, libexec };
}
