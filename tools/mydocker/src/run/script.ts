import { shellCommand, shellQuote } from "../shell-quote.ts";
import type { Pipeline } from "./pipeline.ts";

export interface ScriptInput {
  id: string;
  pipeline: Pipeline;
  /** Where an executable is: `mydocker-net` → `/usr/local/bin/mydocker-net`. */
  locate: (tool: string) => string;
  /** The client of a foreground container, and the claim it makes before it starts the container. */
  client?: { argv: string[]; started: string };
  cidfile?: string;
}

/**
 * The script that `run` becomes. `"$@"` are the arguments of the first stage: they alone can be long, and one word of a
 * command line has 128 KiB at most (MAX_ARG_STRLEN).
 *
 * - The stages run in the background and the shell waits, because only `wait` is interrupted by a trapped signal. The
 *   first stage may be pulling an image, so it is told to end; those behind it then see the end of their input and undo
 *   what they did. They ignore the signals themselves: a Ctrl-C, which goes to all of them, must not stop one half-way.
 * - The shell is the owner in the container's record, and becomes the client. So whoever kills it before the container was
 *   started leaves a container without an owner, which `system prune` recognises.
 * - The signals are ignored, not reset, over the last exec: the client takes them over in its first instructions.
 */
export function runScript({ id, pipeline, locate, client, cidfile }: ScriptInput): string {
  const stage = (argv: string[]): string => shellCommand([locate(argv[0] ?? ""), ...argv.slice(1)]);
  const sheltered = (argv: string[]): string => `{ trap '' HUP INT QUIT TERM; exec ${stage(argv)}; }`;
  return [
    "caught=",
    'stop() { caught=$1; read -r stages <"/proc/$$/task/$$/children"; kill -s TERM $stages; }',
    "trap 'stop 1' HUP; trap 'stop 2' INT; trap 'stop 3' QUIT; trap 'stop 15' TERM",
    `${shellQuote(locate("mydocker-image"))} "$@" </dev/null |`,
    `  ${sheltered(pipeline.attach)} |`,
    `  ${sheltered(pipeline.apply)} |`,
    `  ${sheltered(pipeline.sink)} &`,
    'while :; do before=$caught; { wait "$!"; code=$?; } 2>/dev/null; [ "$caught" = "$before" ] && break; done',
    'if [ "$code" -ne 0 ] || [ -n "$caught" ]; then',
    "  trap '' HUP INT QUIT TERM",
    ...inverses(id).map((argv) => `  ${stage(argv)} </dev/null >/dev/null 2>&1`),
    '  [ -n "$caught" ] && exit $((128 + caught))',
    '  exit "$code"',
    "fi",
    ...(cidfile === undefined ? [] : [`printf %s ${id} >${shellQuote(cidfile)}`]),
    ...(client === undefined
      ? []
      : ["trap '' HUP INT QUIT TERM", `: >${shellQuote(client.started)}`, `exec ${shellCommand(client.argv)}`]),
  ].join("\n");
}

/** Undoes all that a pipeline can have made for `id`, last first. Every one is idempotent. */
export function inverses(id: string): string[][] {
  return [
    ["mydocker-init", "delete", "--force", id],
    ["mydocker-cgroup", "remove", id],
    ["mydocker-net", "detach", id],
    ["mydocker-image", "release", id],
  ];
}

export interface PrintedInput {
  id: string;
  pipeline: Pipeline;
  /** The tool's name as a person would type it. */
  locate: (tool: string) => string;
  detachKeys: string | undefined;
  cidfile: string | undefined;
}

/** The same as a script for a person to read, change and paste into a shell: one stage a line. */
export function printedScript({ id, pipeline, locate, detachKeys, cidfile }: PrintedInput): string {
  const stage = (argv: string[]): string => shellCommand([locate(argv[0] ?? ""), ...argv.slice(1)]);
  const keys = detachKeys === undefined ? [] : ["--detach-keys", detachKeys];
  const isDetached = pipeline.sink.includes("--detach");
  const steps = [
    `  ${stage(pipeline.sink)}`,
    ...(cidfile === undefined ? [] : [`printf %s ${id} >${shellQuote(cidfile)}`]),
    ...(isDetached ? [] : [stage(["mydocker-init", "attach", "--start", ...keys, id])]),
  ];
  return `${[
    `${stage(pipeline.bundle)} </dev/null |`,
    `  ${stage(pipeline.attach)} |`,
    `  ${stage(pipeline.apply)} |`,
    steps.join(" &&\n"),
  ].join("\n")}\n`;
}
