import { execute } from "@mydocker/system/execute";
import { systemError } from "./errors.ts";
import { signalNumber } from "./program.ts";

/**
 * Replaces this process with another program: same pid, terminal, stdio and parent. Nothing of us stays in memory, and
 * a signal sent to us reaches the program that it is about, once. A Node before 22.15 has no execve(2): it runs the
 * program as a child and takes over its exit code.
 *
 * @param argv argv[0] included
 * @param options `env`: in place of our own; `kept`: how many of the caller's descriptors, from 3 on, the program gets
 * @throws MydockerError where the program cannot be executed
 */
export function become(
  file: string,
  argv: [string, ...string[]],
  options: { env?: NodeJS.ProcessEnv; kept?: number } = {},
): never {
  const { env = process.env, kept = 0 } = options;
  try {
    execute(file, argv, env, kept);
  } catch (error) {
    throw systemError(`execute ${file}`, error);
  }
  const [argv0, ...args] = argv;
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const result = spawnSync(file, args, { argv0, env, stdio: "inherit" });
  if (result.error !== undefined) throw systemError(`execute ${file}`, result.error);
  process.exit(result.status ?? 128 + signalNumber(result.signal));
}
