import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import {
  COMMON_FLAGS,
  checkLogFormat,
  configureLog,
  type Flags,
  type FlagValues,
  type GlobalFlags,
  systemError,
  usageError,
  writeAll,
} from "@mydocker/stage";
import { placeRuntime } from "@mydocker/state";
import { type CgroupManager, configureRuntime } from "./runtime-options.ts";
import { versionText } from "./version.ts";

/** The flags that engines put in front of the verb, as runc and crun have them. */
const FLAGS = {
  root: { type: "string", value: "DIR", description: "Where the state of containers is kept" },
  log: { type: "string", value: "FILE", description: "Append the error of a call that fails to a file" },
  "log-format": { ...COMMON_FLAGS["log-format"], description: "Format of --log, or else of messages on stderr" },
  debug: COMMON_FLAGS.debug,
  "systemd-cgroup": { type: "boolean", description: "The same as --cgroup-manager systemd" },
  "cgroup-manager": { type: "string", value: "cgroupfs|systemd|disabled", description: "What cgroupsPath means" },
  rootless: { type: "string", value: "BOOL", description: "Taken for runc's sake: nothing depends on it" },
  criu: { type: "string", value: "PATH", description: "Taken for runc's sake: there are no checkpoints" },
  version: { type: "boolean", short: "v", description: "Print the version" },
} as const satisfies Flags;

export const globals: GlobalFlags = {
  flags: FLAGS,
  async apply(values) {
    const flags = values as FlagValues<typeof FLAGS>;
    if (flags.version) {
      writeAll(versionText());
      return 0;
    }
    configureMessages(flags);
    const cgroupManager = flags["systemd-cgroup"] ? "systemd" : checkCgroupManager(flags["cgroup-manager"]);
    const root = flags.root === undefined ? undefined : resolve(checkPath("--root", flags.root));
    if (root !== undefined) placeRuntime(root);
    configureRuntime({
      cgroupManager,
      flags: [
        ...(root === undefined ? [] : [`--root=${root}`]),
        ...(cgroupManager === "cgroupfs" ? [] : [`--cgroup-manager=${cgroupManager}`]),
      ],
    });
    return undefined;
  },
};

/** With a file, the format is the file's: engines read stderr as text. */
function configureMessages(flags: FlagValues<typeof FLAGS>): void {
  const format = checkLogFormat(flags["log-format"] ?? "text");
  configureLog({ debug: flags.debug, ...(flags.log === undefined ? { format } : {}) });
  if (flags.log === undefined) return;
  const path = resolve(checkPath("--log", flags.log));
  makeLog(path);
  configureLog({ file: { path, format } });
}

/** containerd reads the file after a call that failed, whoever failed: it has to be there. */
function makeLog(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o644));
  } catch (error) {
    throw systemError("--log", error);
  }
}

function checkPath(flag: string, path: string): string {
  if (path === "" || path.includes("\0")) throw usageError(`${flag}: expected a path, got ${JSON.stringify(path)}`);
  return path;
}

function checkCgroupManager(manager = "cgroupfs"): CgroupManager {
  if (manager === "cgroupfs" || manager === "systemd" || manager === "disabled") return manager;
  throw usageError(`--cgroup-manager: expected cgroupfs, systemd or disabled, got "${manager}"`);
}
