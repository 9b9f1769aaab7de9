import type { Command, Flags, FlagValues, Invocation } from "./command.ts";
import { COMMON_FLAGS } from "./command.ts";
import { usageError } from "./errors.ts";

export type CommonFlagValues = FlagValues<typeof COMMON_FLAGS>;

/** A flag that the command does not have; `runTool` looks for the one that was meant. */
export class UnknownFlagError extends Error {
  override readonly name = "UnknownFlagError";
  readonly flag: string;

  constructor(flag: string) {
    super(`unknown flag: ${flag}`);
    this.flag = flag;
  }
}

/**
 * Parses a command's arguments by its flag table, as docker's own parser (pflag) would: `--flag value`, `--flag=value`,
 * `-f value`, `-fvalue`, `-ab`. Every run starts five tools and each parses once: yargs would take 20 ms of that and
 * node:util's parser 2, so both are left to what is not run in a hurry (yargs writes the help texts and completions).
 *
 * @throws UnknownFlagError, or MydockerError `USAGE` for a missing value or a wrong number of arguments
 */
export function parseInvocation<F extends Flags>(
  command: Command<F>,
  argv: string[],
): Invocation<F> & { common: CommonFlagValues } {
  const flags: Flags = { ...command.flags, ...COMMON_FLAGS };
  if (command.anyFlags === true && !argv.includes("--help")) argv = ["--", ...argv];
  const [own, behind] = splitArguments(flags, argv, command.flagsFirst === true);
  const values = readFlags(flags, own.flags);
  const common = values as CommonFlagValues;
  const args = command.separateRest === true ? own.args : [...own.args, ...(behind ?? [])];
  const rest = command.separateRest === true ? behind : undefined;
  if (!common.help) checkCount(command, args);
  return { flags: values as FlagValues<F>, args, rest, common };
}

/** Parses the flags in front of a verb. @returns them, and the verb with all that follows it */
export function parseGlobalFlags(flags: Flags, argv: string[]): { values: Record<string, FlagValue>; rest: string[] } {
  const [own] = splitArguments(flags, argv, true);
  return { values: readFlags(flags, own.flags), rest: own.args };
}

/**
 * Separates flags from arguments, without judging either. `--` ends the flags; what follows it comes apart unless the
 * command takes its flags first, where docker treats it as arguments like any others.
 */
function splitArguments(
  flags: Flags,
  argv: string[],
  flagsFirst: boolean,
): [{ flags: string[]; args: string[] }, string[] | undefined] {
  const own = { flags: [] as string[], args: [] as string[] };
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "--") {
      if (flagsFirst) return [{ ...own, args: [...own.args, ...argv.slice(index + 1)] }, undefined];
      return [own, argv.slice(index + 1)];
    }
    if (!word.startsWith("-") || word === "-") {
      if (flagsFirst) return [{ ...own, args: argv.slice(index) }, undefined];
      own.args.push(word);
      continue;
    }
    own.flags.push(word);
    const value = argv[index + 1];
    if (takesNextWord(flags, word) && value !== undefined) {
      own.flags.push(value);
      index += 1;
    }
  }
  return [own, undefined];
}

/** Whether the word behind `word` is its value: `--memory 1g`, `-p 80:80`, `-itp 80:80`, but not `--memory=1g`, `-p80`. */
function takesNextWord(flags: Flags, word: string): boolean {
  if (word.startsWith("--")) {
    const flag = flags[word.slice(2)];
    return flag !== undefined && flag.type !== "boolean";
  }
  const letters = [...word.slice(1)];
  const first = letters.findIndex((letter) => {
    const flag = findShort(flags, letter)?.[1];
    return flag !== undefined && flag.type !== "boolean";
  });
  return first !== -1 && first === letters.length - 1;
}

function findShort(flags: Flags, letter: string): [string, Flags[string]] | undefined {
  return Object.entries(flags).find(([, flag]) => flag.short === letter);
}

function readFlags(flags: Flags, words: string[]): Record<string, FlagValue> {
  const values: Record<string, FlagValue> = {};
  for (const [name, flag] of Object.entries(flags)) {
    values[name] = flag.type === "boolean" ? (flag.default ?? false) : flag.type === "list" ? [] : undefined;
  }
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const given = word.startsWith("--") ? readLong(flags, word) : readShorts(flags, word);
    for (const { name, rawName, value } of given) {
      const flag = flags[name];
      if (flag === undefined) throw new UnknownFlagError(rawName);
      const takesNext = value === undefined && flag.type !== "boolean";
      if (takesNext) index += 1;
      values[name] = readValue(flag, rawName, takesNext ? words[index] : value, values[name]);
    }
  }
  return values;
}

type FlagValue = boolean | string | string[] | undefined;

interface GivenFlag {
  name: string;
  rawName: string;
  /** What stands in the same word: `=VALUE`, or the rest of a cluster of short flags. */
  value: string | undefined;
}

/** `--name` or `--name=value`. */
function readLong(flags: Flags, word: string): GivenFlag[] {
  const equals = word.indexOf("=");
  const rawName = equals === -1 ? word : word.slice(0, equals);
  const name = rawName.slice(2);
  // `flags` is a plain object: what it inherits is no flag.
  if (!Object.hasOwn(flags, name)) throw new UnknownFlagError(rawName);
  return [{ name, rawName, value: equals === -1 ? undefined : word.slice(equals + 1) }];
}

/** `-i`, `-it`, `-p80:80`, `-p=80:80`: the first that takes a value takes the rest of the word. */
function readShorts(flags: Flags, word: string): GivenFlag[] {
  const given: GivenFlag[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const rawName = `-${word[at] ?? ""}`;
    const [name, flag] = findShort(flags, word[at] ?? "") ?? [];
    if (name === undefined || flag === undefined) throw new UnknownFlagError(rawName);
    const rest = word.slice(at + 1);
    if (flag.type === "boolean" && !rest.startsWith("=")) {
      given.push({ name, rawName, value: undefined });
      continue;
    }
    return [...given, { name, rawName, value: rest === "" ? undefined : rest.replace(/^=/, "") }];
  }
  return given;
}

function readValue(
  flag: Flags[string],
  rawName: string,
  value: string | undefined,
  before: FlagValue,
): boolean | string | string[] {
  if (flag.type === "boolean") {
    if (value === undefined || value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
    throw usageError(`${rawName}: expected true or false, got "${value}"`);
  }
  if (value === undefined) throw usageError(`${rawName}: a value is needed: ${flag.value ?? "VALUE"}`);
  return flag.type === "list" ? [...(Array.isArray(before) ? before : []), value] : value;
}

function checkCount(command: { args: { min: number; max?: number }; usage: string }, args: string[]): void {
  const { min, max } = command.args;
  if (args.length < min) throw usageError(`expected ${min === max ? "" : "at least "}${count(min)}: ${command.usage}`);
  if (max !== undefined && args.length > max) {
    throw usageError(`unexpected argument "${args[max]}": ${command.usage}`);
  }
}

function count(number: number): string {
  return number === 1 ? "1 argument" : `${number} arguments`;
}
