import { usageError } from "@mydocker/stage";

export interface CommandLineInput {
  /** The image's. */
  entrypoint: readonly string[];
  cmd: readonly string[];
  /** `--entrypoint`; "" takes the image's away. */
  override: string | undefined;
  /** What stands behind the image's name. */
  args: readonly string[];
}

/**
 * What the container runs, by docker's rules: entrypoint, then the user's arguments or else the image's command. An
 * entrypoint of the user's takes the image's command away, which was meant for another.
 */
export function commandLine({ entrypoint, cmd, override, args }: CommandLineInput): string[] {
  const first = override === undefined ? entrypoint : override === "" ? [] : [override];
  const then = args.length > 0 || override !== undefined ? args : cmd;
  const line = [...first, ...then];
  if (line.length === 0)
    throw usageError("no command specified, and the image has none", "a command behind the image's name");
  if (line.some((word) => word.includes("\0"))) throw usageError("command: a NUL byte is not allowed");
  return line;
}
