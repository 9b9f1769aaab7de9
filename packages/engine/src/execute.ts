// In place of packages/system/src/execute.ts.
import { host } from "./host.ts";

export function execute(file: string, argv: string[], env: NodeJS.ProcessEnv, kept: number): never {
  return host.execute(
    file,
    argv,
    Object.entries(env).map(([key, value]) => `${key}=${value ?? ""}`),
    kept,
  );
}
