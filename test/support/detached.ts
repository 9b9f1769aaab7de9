import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox, ToolResult } from "@mydocker/testing";

/**
 * `mydocker-init create` of a bundle. The container gets a file for its output, for a pipe of ours would stay open with
 * it. What `create` itself says is in the same file; `output` reads it.
 */
export async function createContainer(sandbox: Sandbox, bundle: string, id: string): Promise<ToolResult> {
  const result = await sandbox.shell(
    `mydocker-init create --bundle ${bundle} ${id} </dev/null >${bundle}/output 2>&1; code=$?; cat ${bundle}/output; exit $code`,
  );
  return { ...result, stderr: result.stdout };
}

/** What the container (and its `create`) has written so far. */
export function outputOf(bundle: string): string {
  return readFileSync(join(bundle, "output"), "utf8");
}
