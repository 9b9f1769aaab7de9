import { existsSync, fstatSync } from "node:fs";
import { resolve } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { ANNOTATION, getAnnotation } from "@mydocker/oci";
import { CONFIG_FLAG, checkContainerId, type FlagValues, usageError } from "@mydocker/stage";
import { bundleConfigPath } from "../bundle.ts";
import { CALLER_FLAGS, listeningDescriptors, readCaller } from "../caller-flags.ts";
import type { Caller } from "../plan/caller.ts";

/** Flags of the verbs that take a config: from the pipe, or from a bundle as runc has it. */
export const SINK_FLAGS = {
  ...CONFIG_FLAG,
  bundle: {
    type: "string",
    short: "b",
    value: "DIR",
    description: "OCI bundle: read its config.json instead of stdin",
  },
} as const;

/** Flags of runc's `create` and `run`, which engines pass. */
export const MAKE_FLAGS = {
  ...SINK_FLAGS,
  ...CALLER_FLAGS,
  "no-new-keyring": { type: "boolean", description: "Leave the process the session keyring of its caller" },
  "no-pivot": { type: "boolean", description: "Taken for runc's sake: the root is changed by pivot_root all the same" },
  "dry-run": { type: "boolean", description: "Print what would be done, and do nothing" },
  trace: { type: "boolean", description: "Show every operation with its duration" },
} as const;

type MakeFlags = FlagValues<typeof MAKE_FLAGS>;

/**
 * What the caller wants; and the config with what the command gets by socket
 * activation. A dry run holds no descriptors.
 */
export function readMaking(flags: MakeFlags, config: OciConfig): { caller: Caller; config: OciConfig } {
  const listening = flags["dry-run"] ? 0 : listeningDescriptors(process.env, process.pid);
  const caller = readCaller(flags["dry-run"] ? { ...flags, "preserve-fds": undefined } : flags, listening);
  return {
    caller: { ...caller, keyring: !flags["no-new-keyring"] },
    config: listening === 0 ? config : withListening(config, listening),
  };
}

/** sd_listen_fds(3): the command is process 1 of its pid namespace. */
function withListening(config: OciConfig, count: number): OciConfig {
  if (config.process === undefined) return config;
  const env = [...(config.process.env ?? []), `LISTEN_FDS=${count}`, "LISTEN_PID=1"];
  return { ...config, process: { ...config.process, env } };
}

type SinkFlags = FlagValues<typeof SINK_FLAGS>;

/**
 * Where the config is: `--config`, or `--bundle`'s, or stdin; or as runc has it in the working directory, for a container that is
 * named where nothing can come on stdin (a terminal, /dev/null).
 */
export function configSource(flags: Pick<SinkFlags, "config" | "bundle">, args: string[]): string {
  if (flags.config !== undefined) return flags.config;
  if (flags.bundle !== undefined) return bundleConfigPath(resolve(flags.bundle));
  const here = bundleConfigPath(process.cwd());
  return args.length > 0 && fstatSync(0).isCharacterDevice() && existsSync(here) ? here : "-";
}

/** The id given on the command line, as an OCI runtime takes it, or else the config's own. */
export function sinkId(config: OciConfig, args: string[]): string {
  const id = args[0] ?? getAnnotation(config, ANNOTATION.id);
  if (id === undefined) {
    throw usageError(
      "a container id is needed: the config has none of its own",
      "mydocker-init run --bundle DIR my-id",
    );
  }
  return checkContainerId(id);
}
