import { addon } from "./addon.ts";

type Execve = (file: string, argv: string[], env: NodeJS.ProcessEnv) => never;

/**
 * execve(2): this process becomes another program, with its pid, its descriptors and its parent. Returns only under a Node that
 * cannot do it (before 22.15).
 *
 * @throws the system's error where the program cannot be executed
 */
export function execute(file: string, argv: string[], env: NodeJS.ProcessEnv): void {
  // Bun's own would close what our caller has left open for the program, and load the warnings.
  if (process.versions.bun !== undefined) addon().execute(file, argv, environmentOf(env));
  const execve: unknown = Reflect.get(process, "execve");
  if (typeof execve === "function") (execve as Execve).call(process, file, argv, env);
}

function environmentOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value ?? ""}`);
}
