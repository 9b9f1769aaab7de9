import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { execa } from "execa";

/** `dist/bin`: tests call the executables that users call. */
export const BIN = fileURLToPath(new URL("../../../dist/bin", import.meta.url));

export interface ToolResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A mydocker of one's own: own state, own bridge, own subnet, own names. */
export interface Sandbox {
  env: Record<string, string>;
  paths: HostPaths;
  /** First two parts of the subnet's addresses and its third: `10.213.7`. */
  network: string;
  /** A directory that goes with the sandbox. */
  directory: string;
  /** Runs one of the five tools to its end. Never throws for an exit code. */
  tool(name: string, args: string[], options?: { input?: string; env?: Record<string, string> }): Promise<ToolResult>;
  /** Runs a shell script with the tools in PATH. */
  shell(script: string, options?: { input?: string }): Promise<ToolResult>;
  /** Ends every container, collects what is left, and removes the sandbox's directories. */
  cleanUp(): Promise<void>;
}

export function makeSandbox(): Sandbox {
  const number = claimNumber();
  const directory = mkdtempSync(join(tmpdir(), "mydocker-test-"));
  const env = {
    PATH: `${BIN}:${process.env.PATH ?? ""}`,
    MYDOCKER_ROOT: join(directory, "root"),
    MYDOCKER_RUN: `/run/mydocker-test-${number}`,
    MYDOCKER_PREFIX: `mydockert${number}x`,
    MYDOCKER_SUBNET: `10.213.${number}.0/24`,
  };
  const run = async (file: string, args: string[], input?: string, extra?: Record<string, string>) => {
    const result = await execa(file, args, {
      reject: false,
      stripFinalNewline: false,
      env: { ...env, ...extra },
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    return { code: result.exitCode ?? 255, stdout: result.stdout, stderr: result.stderr };
  };
  const tool: Sandbox["tool"] = (name, args, options = {}) => run(join(BIN, name), args, options.input, options.env);
  const cleanUp = async (): Promise<void> => {
    const { stdout } = await tool("mydocker", ["ps", "-aq", "--no-trunc"]);
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await tool("mydocker", ["rm", "-f", ...ids]);
    // Containers of plain bundles have no record: only the runtime knows them.
    for (const id of unlessErrno(["ENOENT"], () => readdirSync(join(env.MYDOCKER_RUN, "init"))) ?? []) {
      await tool("mydocker-init", ["delete", "--force", id]);
    }
    await tool("mydocker", ["system", "prune", "-f"]);
    for (const path of [directory, env.MYDOCKER_RUN, numberDirectory(number)]) {
      rmSync(path, { recursive: true, force: true });
    }
  };
  const shell: Sandbox["shell"] = (script, options = {}) => run("bash", ["-c", script], options.input);
  return { env, paths: hostPaths(env), network: `10.213.${number}`, directory, tool, shell, cleanUp };
}

/** A number that no other running test has: a directory is made by one of those who try. */
function claimNumber(): number {
  for (let number = process.pid % 250; ; number = (number + 1) % 250) {
    const made = unlessErrno(["EEXIST"], () => {
      mkdirSync(numberDirectory(number));
      return true;
    });
    if (made === true) return number;
  }
}

function numberDirectory(number: number): string {
  return `/run/lock/mydocker-test-${number}`;
}
