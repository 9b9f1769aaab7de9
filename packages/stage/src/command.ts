/** One option of a command, as docker's help would list it. */
export interface Flag {
  type: "boolean" | "string" | "list";
  /** One letter: `-p`. */
  short?: string;
  /** Shown behind the flag in help: `--memory BYTES`. */
  value?: string;
  description: string;
  /** What a boolean is where it is not given; false unless told. */
  default?: boolean;
  /** Not in help: options that only our own tools pass. */
  hidden?: boolean;
}

export type Flags = Record<string, Flag>;

/** What a flag table parses to: booleans are false (or their `default`), lists empty and strings undefined unless given. */
export type FlagValues<F extends Flags> = {
  [Name in keyof F]: F[Name]["type"] extends "boolean"
    ? boolean
    : F[Name]["type"] extends "list"
      ? string[]
      : string | undefined;
};

export interface Invocation<F extends Flags = Flags> {
  flags: FlagValues<F>;
  /** What is left after the flags. */
  args: string[];
  /** With `separateRest`, what stood behind `--`; undefined where there was none. */
  rest: string[] | undefined;
}

/** A verb of a tool. `run` returns the exit code (0 when it returns nothing). */
export interface Command<F extends Flags = Flags> {
  /** One line, as help shows it. */
  summary: string;
  /** What stands behind the command's name: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  usage: string;
  /** Complete command lines a reader can paste. At least one. */
  examples: [string, ...string[]];
  flags: F;
  /** How many arguments besides flags; `max` undefined means any number. */
  args: { min: number; max?: number };
  /** Flags end at the first argument, as in `docker run IMAGE -x`. */
  flagsFirst?: boolean;
  /** All that follows is taken as arguments, whatever it looks like. */
  anyFlags?: boolean;
  /** What stands behind `--` is something of its own (`Invocation.rest`), and not arguments like any others. */
  separateRest?: boolean;
  run(invocation: Invocation<F>): Promise<number | undefined> | Promise<void>;
}

/** Keeps the flag table's literal types, so that `flags.memory` is known to be a string. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}

/** A verb's module is loaded only when the verb is called: loading is most of a tool's start-up. */
export interface Verb {
  summary: string;
  /** Other names of the same verb. */
  aliases?: string[];
  hidden?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a table of commands whose flag tables all differ
  load: () => Promise<{ command: Command<any> }>;
}

/** Flags that stand in front of the verb and hold for all verbs, as those of runc do. */
export interface GlobalFlags {
  flags: Flags;
  /** @returns an exit code where the flags are all that was asked for (`--version`), or undefined: go on with the verb */
  apply(values: Record<string, boolean | string | string[] | undefined>): Promise<number | undefined>;
}

/** A tool, or a group of verbs within one (`mydocker system prune`). */
export interface Tool {
  name: string;
  summary: string;
  verbs: Record<string, Verb | Tool>;
  /** Complete command lines that the verbs' own examples do not show. */
  examples?: string[];
  /** Loaded only where a flag stands in front of the verb, and for help. */
  globals?: () => Promise<{ globals: GlobalFlags }>;
  /** Another protocol that the tool speaks, where this environment variable is set and there are no arguments: CNI's. */
  plugin?: { variable: string; load: () => Promise<{ runPlugin(): Promise<number> }> };
  /** Exit code for a verb that does not exist: docker's front end says 1. */
  unknownVerbExit?: number;
}

export function isTool(entry: Verb | Tool): entry is Tool {
  return "verbs" in entry;
}

/** Options that every command of every tool takes. */
export const COMMON_FLAGS = {
  help: { type: "boolean", description: "Show this help" },
  debug: { type: "boolean", description: "Show what is done, and stack traces of failures" },
  "log-format": { type: "string", value: "text|json", description: "Format of messages on stderr" },
} as const satisfies Flags;
