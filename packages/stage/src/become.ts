import { systemError } from "./errors.ts";
import { signalNumber } from "./program.ts";

type Execve = (file: string, argv: string[], env: NodeJS.ProcessEnv) => never;

/**
 * Replaces this process with another program: same pid, terminal, stdio and parent. Nothing of us stays in memory, and
 * a signal sent to us reaches the program that it is about, once. Bun has execve(2), Node from 22.15; an older
 * Node runs the program as a child and takes over its exit code.
 *
 * @param argv argv[0] included
 * @throws MydockerError where the program cannot be executed
 */
export function become(file: string, argv: [string, ...string[]], env: NodeJS.ProcessEnv = process.env): never {
  const execve: unknown = Reflect.get(process, "execve");
  if (typeof execve === "function") {
    try {
      (execve as Execve).call(process, file, argv, env);
    } catch (error) {
      throw systemError(`execute ${file}`, error);
    }
  }
  const [argv0, ...args] = argv;
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const result = spawnSync(file, args, { argv0, env, stdio: "inherit" });
  if (result.error !== undefined) throw systemError(`execute ${file}`, result.error);
  process.exit(result.status ?? 128 + signalNumber(result.signal));
}
