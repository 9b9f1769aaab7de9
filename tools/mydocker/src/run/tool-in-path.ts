import { realpathSync } from "node:fs";
import { join } from "node:path";
import { siblingPath, unlessErrno } from "@mydocker/stage";

/** Names a tool as a person would type it: bare where PATH leads to this installation, else by its full path. */
export function toolInPath(path: string): (tool: string) => string {
  return (tool) => {
    const ours = realPath(siblingPath(tool));
    const first = path
      .split(":")
      .map((directory) => realPath(join(directory, tool)))
      .find((found) => found !== undefined);
    return first !== undefined && first === ours ? tool : siblingPath(tool);
  };
}

function realPath(path: string): string | undefined {
  return unlessErrno(["ENOENT", "ENOTDIR", "EACCES", "ELOOP"], () => realpathSync(path));
}
