import type { Flags } from "@mydocker/stage";
import { CALLER_FLAGS } from "../caller-flags.ts";

/** Docker's flags of `exec`, and runc's, which mean the same where they have the same name. */
export const EXEC_FLAGS = {
  interactive: { type: "boolean", short: "i", description: "Pass stdin on" },
  tty: { type: "boolean", short: "t", description: "Give the command a terminal" },
  detach: { type: "boolean", short: "d", description: "Return as soon as the command runs" },
  env: { type: "list", short: "e", value: "KEY=VALUE", description: "Set a variable" },
  workdir: { type: "string", short: "w", value: "DIR", description: "Working directory" },
  cwd: { type: "string", value: "DIR", description: "The same as --workdir" },
  user: { type: "string", short: "u", value: "USER[:GROUP]", description: "Name or number" },
  "additional-gids": { type: "list", short: "g", value: "GID", description: "One more group" },
  process: { type: "string", short: "p", value: "FILE", description: "The OCI process object to run" },
  cap: { type: "list", short: "c", value: "CAP_NAME", description: "One more capability" },
  "no-new-privs": { type: "boolean", description: "Forbid new privileges" },
  apparmor: { type: "string", value: "PROFILE", description: "AppArmor profile" },
  "process-label": { type: "string", value: "LABEL", description: "SELinux label" },
  cgroup: { type: "list", value: "[CONTROLLER:]PATH", description: "A cgroup below the container's" },
  "ignore-paused": { type: "boolean", description: "Also in a paused container, where it waits" },
  "no-subreaper": { type: "boolean", description: "Taken for runc's sake: orphans are the host's init's anyway" },
  ...CALLER_FLAGS,
} as const satisfies Flags;
