import { statSync } from "node:fs";
import { join } from "node:path";
import { type MydockerError, runProgram, unlessErrno } from "@mydocker/stage";
import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniResult } from "./cni-types.ts";
import type { CniCall } from "./parse-call.ts";

/**
 * Calls an IPAM plugin as we were called (SPEC.md section 4): same environment, same configuration.
 *
 * @returns its answer to ADD, undefined to the rest
 * @throws CniError with the plugin's own code and words
 */
export async function delegate(plugin: string, call: CniCall): Promise<CniResult | undefined> {
  const { code, stdout, stderr } = await runProgram(find(plugin, call.path), [], {
    input: call.text,
    env: { ...process.env, CNI_COMMAND: call.command },
  });
  process.stderr.write(stderr);
  if (code !== 0) throw failure(plugin, call.command, code, stdout);
  if (call.command !== "ADD") return undefined;
  const result = parse(stdout);
  if (Array.isArray(result?.ips)) return result as unknown as CniResult;
  throw new CniError(CNI_CODE.decode, `IPAM plugin ${plugin}: its answer to ADD has no addresses`);
}

function find(plugin: string, directories: string[]): string {
  const found = directories.map((directory) => join(directory, plugin)).find(isExecutable);
  if (found !== undefined) return found;
  throw new CniError(CNI_CODE.config, `IPAM plugin ${plugin} is not in CNI_PATH (${directories.join(":")})`);
}

function isExecutable(path: string): boolean {
  const stat = unlessErrno(["ENOENT", "ENOTDIR", "EACCES"], () => statSync(path));
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}

function failure(plugin: string, command: string, exitCode: number, stdout: string): MydockerError {
  const { code, msg, details } = parse(stdout) ?? {};
  const why = typeof msg === "string" ? msg : `exit code ${exitCode}`;
  return new CniError(
    typeof code === "number" ? code : CNI_CODE.internal,
    `IPAM plugin ${plugin}, ${command}: ${why}`,
    typeof details === "string" && details !== "" ? details : undefined,
  );
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null ? { ...document } : undefined;
  } catch {
    return undefined;
  }
}
