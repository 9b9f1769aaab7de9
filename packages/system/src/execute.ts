import { addon } from "./addon.ts";
import { environmentList } from "./environment.ts";

type Execve = (file: string, argv: string[], env: NodeJS.ProcessEnv) => never;

/**
 * execve(2): this process becomes another program, with its pid, its stdio and its parent. Returns only under a Node that
 * cannot do it (before 22.15).
 *
 * @param kept how many descriptors, from 3 on, the program gets besides; none under Node
 * @throws the system's error where the program cannot be executed
 */
export function execute(file: string, argv: string[], env: NodeJS.ProcessEnv, kept: number): void {
  // Bun's own would close what is to be kept, and load the warnings; the small engine has none.
  const { bun, node } = process.versions;
  if (bun !== undefined || node === undefined) addon().execute(file, argv, environmentList(env), kept);
  const execve: unknown = Reflect.get(process, "execve");
  if (typeof execve === "function") (execve as Execve).call(process, file, argv, env);
}
