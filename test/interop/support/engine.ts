import type { ToolResult } from "@mydocker/testing";
import { afterAll, beforeAll } from "vitest";
import type { Terminal } from "../../support/terminal.ts";
import type { EngineHost } from "./engine-host.ts";
import { type HostState, readHostState } from "./host-state.ts";

/** An engine with docker's command line. */
export interface Engine {
  host: EngineHost;
  /** What every command line begins with. */
  command: string[];
  /** For `run`, with the runtime under test. */
  runFlags: string[];
  /** A `run` with runc. */
  warmUp: string[];
  /** Directories in which the runtime keeps something for each container. */
  places: string[];
  /** A mount that the engine makes and takes away as it likes. */
  ownMount?: string;
  stop(): Promise<void>;
}

/** The engine of a test file, from its first test to its last. */
export interface EngineInUse {
  name: "docker" | "podman";
  engine(): Engine;
  /** What the engine's host was like before the runtime under test was first called. */
  before(): HostState;
  /** Runs one command of the engine's. */
  call(...args: string[]): Promise<ToolResult>;
  /** `run`, with the runtime under test. */
  run(...args: string[]): Promise<ToolResult>;
  /** Starts a container that is there until it is removed, and returns its id. */
  runDetached(...args: string[]): Promise<string>;
  /** Removes containers, running or not, without waiting for them to end. */
  remove(...names: string[]): Promise<void>;
  /** A command of the engine's under a pseudo-terminal. */
  terminal(...args: string[]): Terminal;
}

/** For a container whose network does not matter: what an engine does for one takes longer than all the rest. */
export const WITHOUT_NETWORK = ["--network", "none"];

export function useEngine(name: EngineInUse["name"], start: () => Promise<Engine>): EngineInUse {
  let started: Engine | undefined;
  let before: HostState = [];
  const engine = (): Engine => {
    if (started === undefined) throw new Error(`${name} has not been started`);
    return started;
  };
  beforeAll(async () => {
    started = await start();
    const { host, warmUp, places } = started;
    // What an engine makes for its first container, it keeps.
    await host.require([...warmUp, "--rm", "--publish", "8000:80", "busybox", "true"]);
    await host.require([...warmUp, "--rm", "--network", "host", "busybox", "true"]);
    before = await readHostState(host, places);
  });
  afterAll(async () => {
    await started?.stop();
    await started?.host.cleanUp();
  });
  const call: EngineInUse["call"] = (...args) => engine().host.run([...engine().command, ...args]);
  const run: EngineInUse["run"] = (...args) => call("run", ...engine().runFlags, ...args);
  return {
    name,
    engine,
    before: () => before,
    call,
    run,
    async runDetached(...args) {
      const { code, stdout, stderr } = await run("--detach", ...args);
      if (code !== 0) throw new Error(`${name} run --detach ${args.join(" ")}: exit code ${code}: ${stderr}`);
      return stdout.trim();
    },
    async remove(...names) {
      // podman would wait for ten seconds, as `stop` does.
      const { code, stderr } = await call("rm", "--force", ...(name === "podman" ? ["--time", "0"] : []), ...names);
      if (code !== 0) throw new Error(`${name} rm --force ${names.join(" ")}: exit code ${code}: ${stderr}`);
    },
    terminal: (...args) => engine().host.terminal([...engine().command, ...args]),
  };
}
