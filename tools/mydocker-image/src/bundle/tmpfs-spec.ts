import type { OciMount } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { checkDestination } from "./volume-spec.ts";

const FLAGS = "ro rw suid nosuid dev nodev exec noexec atime noatime relatime strictatime diratime nodiratime".split(
  " ",
);
const DATA = /^(?:(?:size|nr_blocks|nr_inodes)=\d+[kKmMgG%]?|mode=[0-7]{1,4}|[ug]id=\d{1,10}|mpol=[a-z0-9:,=-]+)$/;

/** Reads `--tmpfs PATH[:OPTIONS]`. Without options to the contrary nothing on it is a program, setuid or a device. */
export function parseTmpfs(text: string): OciMount {
  const fail = (why: string): never => {
    throw usageError(`--tmpfs ${JSON.stringify(text.slice(0, 120))}: ${why}`, "PATH[:size=64m,mode=1777,exec]");
  };
  const colon = text.indexOf(":");
  if (text.includes("\0")) fail("a NUL byte is not allowed");
  const destination = checkDestination(colon === -1 ? text : text.slice(0, colon), fail);
  const options = colon === -1 ? [] : text.slice(colon + 1).split(",");
  const unknown = options.find((option) => !FLAGS.includes(option) && !DATA.test(option));
  if (unknown !== undefined) fail(`unknown option ${JSON.stringify(unknown)}`);
  return { destination, type: "tmpfs", source: "tmpfs", options: ["noexec", "nosuid", "nodev", ...options] };
}
