import "./globals.ts";
import type { Tool } from "@mydocker/stage";
import { ElsewhereError, EXIT, reportError, runTool } from "@mydocker/stage";
import { programsDirectory } from "@mydocker/system/installation";
import { host } from "./host.ts";
import { basename } from "./node/path.ts";

/** The tools, each with those of its verbs that are in the snapshot. */
export type SmallTools = Record<string, { tool: Tool; verbs: string[] }>;

/**
 * Loads the verbs, so that the snapshot has them, and leaves in `start` what the executable calls when it is continued.
 *
 * @throws what a verb throws when it is loaded
 */
export async function prepare(tools: SmallTools): Promise<void> {
  for (const { tool, verbs } of Object.values(tools)) {
    if (tool.globals !== undefined) await tool.globals();
    for (const verb of verbs) {
      const entry = tool.verbs[verb];
      if (entry === undefined || !("load" in entry)) throw new Error(`${tool.name} has no verb ${verb}`);
      await entry.load();
    }
  }
  Object.assign(globalThis, { start: () => void start(tools) });
}

async function start(tools: SmallTools): Promise<void> {
  try {
    host.exit((await run(tools)) ?? becomeWhole());
  } catch (error) {
    reportError(error);
    host.exit(EXIT.failed);
  }
}

/** @returns undefined where what is asked for is not here; nothing has been done then */
async function run(tools: SmallTools): Promise<number | undefined> {
  const [called = "", ...argv] = host.arguments();
  const { tool, verbs } = tools[basename(called)] ?? tools.mydocker ?? {};
  // It may be the value of a flag that stands in front of the verb: then `runTool` finds that it is not the one.
  if (tool === undefined || !argv.some((word) => verbs?.includes(word))) return undefined;
  try {
    return await runTool(tool, argv);
  } catch (error) {
    if (error instanceof ElsewhereError) return undefined;
    throw error;
  }
}

/** The executable that has all verbs, with everything that this process was given. */
function becomeWhole(): never {
  const file = `${programsDirectory()}/mydocker-whole`;
  return host.become(file, host.arguments());
}
