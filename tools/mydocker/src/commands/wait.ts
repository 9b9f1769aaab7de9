import { spawn } from "node:child_process";
import { join } from "node:path";
import { defineCommand, eachNamed, shimPath } from "@mydocker/stage";
import {
  containerDirectory,
  type HostPaths,
  hostPaths,
  RUNTIME_FILE,
  readExitRecord,
  runtimeDirectory,
} from "@mydocker/state";
import { requireContainer } from "../container/container.ts";
import { UNKNOWN_EXIT_CODE } from "../container/status.ts";
import { waitForEnd } from "../container/teardown.ts";
import { print } from "../print.ts";

export const command = defineCommand({
  summary: "Wait until containers have ended, and print their exit codes",
  usage: "CONTAINER [CONTAINER...]",
  examples: ["mydocker wait web"],
  flags: {},
  args: { min: 1 },
  run({ args }) {
    const paths = hostPaths();
    return eachNamed(args, async (name) => {
      const { id, life } = requireContainer(paths, name);
      // What waits for nothing has ended already, as docker has it.
      if (life.status === "created" && life.runtime === undefined) return print("0\n");
      const heard = life.status === "running" ? await hearExitCode(paths, id) : undefined;
      await waitForEnd(paths, id, Number.POSITIVE_INFINITY);
      const code = readExitRecord(containerDirectory(paths, id))?.exitCode ?? heard ?? UNKNOWN_EXIT_CODE;
      print(`${code}\n`);
    });
  },
});

/**
 * The exit code as the monitor tells it to a client: with `--rm` the record of it is gone a moment later. The client is
 * in a session of its own, so that a Ctrl-C here is not passed on to the container.
 */
async function hearExitCode(paths: HostPaths, id: string): Promise<number | undefined> {
  const socket = join(runtimeDirectory(paths, id), RUNTIME_FILE.attach);
  const client = spawn(shimPath(), ["attach", "--socket", socket], { stdio: "ignore", detached: true });
  const end = (): void => {
    client.kill("SIGKILL");
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  const code = await new Promise<number | null>((resolve) => {
    client.once("error", () => resolve(null));
    client.once("exit", resolve);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, end);
  return code ?? undefined;
}
