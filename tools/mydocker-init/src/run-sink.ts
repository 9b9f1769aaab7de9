import type { OciConfig } from "@mydocker/oci";
import { runWithUndo } from "@mydocker/stage";
import { configSource, sinkId } from "./verbs/sink-flags.ts";

/** Reads the config that ends the pipe and does `work` with it; a failure undoes the stages before. */
export async function runSink(
  flags: { config: string | undefined; bundle: string | undefined },
  args: string[],
  work: (config: OciConfig, id: string) => Promise<number>,
): Promise<number> {
  return runWithUndo(configSource(flags, args), (config) => sinkId(config, args), work);
}
