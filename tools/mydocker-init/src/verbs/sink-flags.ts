import { resolve } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { ANNOTATION, getAnnotation } from "@mydocker/oci";
import { CONFIG_FLAG, checkContainerId, type FlagValues, usageError } from "@mydocker/stage";
import { bundleConfigPath } from "../bundle.ts";

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

type SinkFlags = FlagValues<typeof SINK_FLAGS>;

/** Where the config is: `--config`, or `--bundle`'s, or stdin. */
export function configSource(flags: Pick<SinkFlags, "config" | "bundle">): string {
  if (flags.config !== undefined) return flags.config;
  return flags.bundle === undefined ? "-" : bundleConfigPath(resolve(flags.bundle));
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
