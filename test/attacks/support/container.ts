import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Hostile, Runtime } from "./runtime.ts";

/** A container that runs until it is stopped. */
export interface Container {
  id: string;
  /** Its init, as the host sees it. */
  init: { pid: number; start: number };
  /** What it has written to stdout and stderr. */
  output(): string;
  /** Where that is. */
  log: string;
  outputLines(): string[];
  exec(...args: string[]): ReturnType<Runtime["init"]>;
  stop(): Promise<void>;
}

export async function startContainer(runtime: Runtime, args: string[], hostile?: Hostile): Promise<Container> {
  const { directory, id } = runtime.bundle(args, hostile);
  const log = join(directory, "output");
  // Its stdio is that of `create`: a file, because a pipe of ours would stay open.
  const made = await runtime.shell(
    `mydocker-init create --bundle ${directory} ${id} </dev/null >${log} 2>&1 && mydocker-init start ${id}`,
  );
  const output = (): string => readFileSync(log, "utf8");
  if (made.code !== 0) throw new Error(`no container to attack from: ${made.stderr}${output()}`);
  const state = JSON.parse(readFileSync(join(runtime.env.MYDOCKER_RUN ?? "", "init", id, "state.json"), "utf8"));
  return {
    id,
    init: state.init,
    output,
    log,
    outputLines: () => [...new Set(output().split("\n"))].filter((line) => line !== ""),
    exec: (...command) => runtime.init(["exec", ...command]),
    async stop() {
      await runtime.init(["delete", "--force", id]);
    },
  };
}

/** Waits until the container has written a line. */
export async function untilSaid(container: Container, line: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (container.output().split("\n").includes(line)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the container never said ${line}: ${container.output()}`);
}
