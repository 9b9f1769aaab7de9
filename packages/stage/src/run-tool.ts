import type { Command, Flags, Tool, Verb } from "./command.ts";
import { COMMON_FLAGS, isTool } from "./command.ts";
import { EXIT, MydockerError, usageError } from "./errors.ts";
import { configureLog, reportError } from "./log.ts";
import { parseGlobalFlags, parseInvocation, UnknownFlagError } from "./parse.ts";
import { writeAll } from "./stage.ts";
import { suggest } from "./suggest.ts";

/**
 * What is asked for is not in this bundle, which has a single verb (scripts/build/bundles.mjs): nothing has been done
 * yet, and the tool's whole bundle begins again.
 */
export class ElsewhereError extends Error {
  override readonly name = "ElsewhereError";
}

/**
 * The shared main of every tool: finds the verb, parses its flags, runs it, and turns a failure into one line on stderr
 * and an exit code.
 *
 * @param argv what stands behind the tool's name
 * @returns the exit code
 * @throws ElsewhereError, and nothing else
 */
export async function runTool(tool: Tool, argv: string[]): Promise<number> {
  configureLog({ source: tool.name });
  try {
    return await dispatch(tool, argv);
  } catch (error) {
    if (error instanceof ElsewhereError) throw error;
    reportError(error);
    return error instanceof MydockerError ? error.exitCode : EXIT.failed;
  }
}

async function dispatch(tool: Tool, argv: string[]): Promise<number> {
  const [word, ...rest] = argv;
  if (tool.globals !== undefined && word?.startsWith("-") === true && word !== "-h" && word !== "--help") {
    return dispatchBehindFlags(tool, tool.globals, argv);
  }
  if (word === undefined && tool.plugin !== undefined && process.env[tool.plugin.variable] !== undefined) {
    return (await tool.plugin.load()).runPlugin();
  }
  if (word === undefined || word === "--help" || word === "-h" || word === "help") {
    const { toolHelp } = await import("./help.ts");
    writeAll(await toolHelp(tool));
    return word === undefined ? EXIT.failed : 0;
  }
  const found = findVerb(tool, word);
  if (found === undefined && word === "completion") {
    const { completionScript } = await import("./completion/completion.ts");
    writeAll(await completionScript(tool, rest[0]));
    return 0;
  }
  if (found === undefined) throw unknownVerb(tool, word);
  const [name, entry] = found;
  configureLog({ source: `${tool.name} ${name}` });
  if (isTool(entry)) return dispatch({ ...entry, name: `${tool.name} ${name}` }, rest);
  const { command } = await entry.load();
  return runCommand(`${tool.name} ${name}`, command, rest);
}

/** `mydocker-init --root DIR create …` */
async function dispatchBehindFlags(tool: Tool, load: NonNullable<Tool["globals"]>, argv: string[]): Promise<number> {
  const { globals } = await load();
  const { values, rest } = explainUnknownFlag(globals.flags, tool.name, () => parseGlobalFlags(globals.flags, argv));
  const code = await globals.apply(values);
  const { globals: _, ...behind } = tool;
  return code ?? dispatch(behind, rest);
}

function findVerb(tool: Tool, word: string): [string, Verb | Tool] | undefined {
  return Object.entries(tool.verbs).find(
    ([name, entry]) => name === word || (!isTool(entry) && entry.aliases?.includes(word) === true),
  );
}

async function runCommand(name: string, command: Command, argv: string[]): Promise<number> {
  const flags = { ...command.flags, ...COMMON_FLAGS };
  const invocation = explainUnknownFlag(flags, name, () => parseInvocation(command, argv));
  const { common } = invocation;
  if (common.help) {
    const { commandHelp } = await import("./help.ts");
    writeAll(await commandHelp(name, command));
    return 0;
  }
  const format = common["log-format"];
  if (format !== undefined) configureLog({ format: checkLogFormat(format) });
  if (common.debug) configureLog({ debug: true });
  return (await command.run(invocation)) ?? 0;
}

/** @throws MydockerError for anything but `text` and `json` */
export function checkLogFormat(format: string): "text" | "json" {
  if (format !== "text" && format !== "json") throw usageError(`--log-format: expected text or json, got "${format}"`);
  return format;
}

function explainUnknownFlag<T>(flags: Flags, name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UnknownFlagError)) throw error;
    const known = Object.entries(flags).filter(([, flag]) => flag.hidden !== true);
    const nearest = suggest(
      error.flag.replace(/^-+/, ""),
      known.map(([flag]) => flag),
    );
    throw usageError(error.message, nearest === undefined ? `${name} --help` : `--${nearest}`);
  }
}

function unknownVerb(tool: Tool, word: string): MydockerError {
  const nearest = suggest(word, Object.keys(tool.verbs));
  return new MydockerError(`"${word}" is not a ${tool.name} command`, {
    code: "UNKNOWN_COMMAND",
    hint: nearest === undefined ? `${tool.name} --help` : `${tool.name} ${nearest}`,
    exitCode: tool.unknownVerbExit ?? EXIT.failed,
  });
}
