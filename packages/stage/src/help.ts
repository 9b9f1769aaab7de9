import yargs, { type Argv } from "yargs";
import type { Command, Flag, Flags, Tool } from "./command.ts";
import { COMMON_FLAGS, isTool } from "./command.ts";

const WIDTH = 100;

/** Help of a tool: what it is for and its verbs. */
export async function toolHelp(tool: Tool): Promise<string> {
  const parser = newParser(tool.name).usage(`Usage: $0 COMMAND [OPTIONS]\n\n${tool.summary}`);
  for (const [name, entry] of Object.entries(tool.verbs)) {
    if (!isTool(entry) && entry.hidden === true) continue;
    parser.command(name, entry.summary);
  }
  if (tool.globals !== undefined) addFlags(parser, (await tool.globals()).globals.flags);
  for (const example of tool.examples ?? []) parser.example(example, "");
  parser.epilogue(`Run '${tool.name} COMMAND --help' for a command's options and an example.`);
  return `${await parser.getHelp()}\n`;
}

/** Help of one command: usage, options, examples. */
export async function commandHelp(name: string, command: Command): Promise<string> {
  const parser = newParser(name).usage(`Usage: $0 ${command.usage}\n\n${command.summary}`);
  addFlags(parser, { ...command.flags, ...COMMON_FLAGS });
  for (const example of command.examples) parser.example(example, "");
  return `${await parser.getHelp()}\n`;
}

function newParser(name: string): Argv {
  return yargs([]).scriptName(name).help(false).version(false).wrap(WIDTH).updateStrings({ "Commands:": "Commands:" });
}

function addFlags(parser: Argv, flags: Flags): void {
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.hidden === true) continue;
    parser.option(name, {
      ...(flag.short === undefined ? {} : { alias: flag.short }),
      type: yargsType(flag),
      describe: flag.value === undefined ? flag.description : `${flag.value}: ${flag.description}`,
    });
  }
}

function yargsType(flag: Flag): "boolean" | "string" | "array" {
  return flag.type === "list" ? "array" : flag.type;
}
