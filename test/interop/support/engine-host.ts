import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BIN, makeSandbox, type Sandbox, type ToolResult } from "@mydocker/testing";
import { execa } from "execa";
import { openTerminal, type Terminal } from "../../support/terminal.ts";
import { removeCgroups } from "./cgroups.ts";

/** The engines as the distribution packages them, not what somebody has put in /usr/local. */
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * A host of its own for an engine: network, mount and pid namespace, with its own /run, and an /etc and /var/lib in which
 * what is written is written beside. So an engine has the paths, bridges and rules that it has on any host, two engines never meet,
 * and whatever one of them leaves ends with the namespaces, which end with this process.
 */
export interface EngineHost {
  sandbox: Sandbox;
  /** On a real file system, for an engine's roots: an overlay cannot be upon /var/lib, which is one. */
  directory: string;
  /** Where the engine is to put its containers, in every hierarchy. */
  cgroupParent: string;
  /** Runs a command there to its end. */
  run(command: string[], options?: { input?: string; env?: Record<string, string> }): Promise<ToolResult>;
  /** As `run`, and fails where the command does. Returns stdout. */
  require(command: string[], options?: { input?: string; env?: Record<string, string> }): Promise<string>;
  /** Starts a daemon there; its output goes to `log`. */
  start(command: string[], log: string): Daemon;
  /** Runs a command there under a pseudo-terminal. */
  terminal(command: string[]): Terminal;
  cleanUp(): Promise<void>;
}

export interface Daemon {
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
  /** Throws what it said last, where it has ended. */
  checkRuns(): void;
}

export interface HostOptions {
  /** Shows cgroup v2 alone, with the controllers that v1 has left to it, on a host that has both. */
  cgroup2?: boolean;
}

export async function makeEngineHost(options: HostOptions = {}): Promise<EngineHost> {
  const sandbox = makeSandbox();
  const directory = join(sandbox.directory, "engine");
  mkdirSync(join(directory, "home"), { recursive: true });
  const holder = await holdNamespaces(sandbox.directory, options.cgroup2 === true);
  const cgroupParent = `/${sandbox.paths.prefix}`;
  const environment = { PATH, HOME: join(directory, "home"), LANG: "C.UTF-8" };
  const enter = (command: string[]): string[] => [
    ...["nsenter", `--target=${holder.pid}`, "--mount", "--net", "--pid", "--"],
    ...command,
  ];

  const run: EngineHost["run"] = async (command, { input, env } = {}) => {
    const [program = "", ...args] = enter(command);
    const result = await execa(program, args, {
      reject: false,
      stripFinalNewline: false,
      extendEnv: false,
      env: { ...environment, ...env },
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    return { code: result.exitCode ?? 255, stdout: result.stdout, stderr: result.stderr };
  };

  const requireSuccess: EngineHost["require"] = async (command, options) => {
    const { code, stdout, stderr } = await run(command, options);
    if (code !== 0) throw new Error(`${command.join(" ")}: exit code ${code}: ${stderr}${stdout}`);
    return stdout;
  };

  const start: EngineHost["start"] = (command, log) => {
    const [program = "", ...args] = enter(command);
    const descriptor = openSync(log, "a");
    const child = spawn(program, args, { env: environment, stdio: ["ignore", descriptor, descriptor] });
    closeSync(descriptor);
    return daemon(child, command[0] ?? "", log);
  };

  const terminal: EngineHost["terminal"] = (command) =>
    openTerminal(`exec ${enter(command).map(quote).join(" ")}`, environment);

  const cleanUp: EngineHost["cleanUp"] = async () => {
    await holder.end();
    removeCgroups(cgroupParent);
    await sandbox.cleanUp();
  };
  return { sandbox, directory, cgroupParent, run, require: requireSuccess, start, terminal, cleanUp };
}

/** Overlays have their upper on the tmpfs: what is written to /etc or /var/lib goes with the namespace. */
const SET_UP = `
if [ "$1" = cgroup2 ]; then
  umount --recursive --lazy /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/.upper
for path in etc var/lib; do
  mkdir -p /run/.upper/$path/new /run/.upper/$path/work
  mount -t overlay -o lowerdir=/$path,upperdir=/run/.upper/$path/new,workdir=/run/.upper/$path/work overlay /$path
done
# /sys shows the network of whoever mounted it.
mkdir /run/.sys
mount -t sysfs sysfs /run/.sys
for path in class/net devices/virtual/net; do mount --bind /run/.sys/$path /sys/$path; done
ip link set lo up
echo ready
exec cat
`;

/**
 * tini is there to reap orphans, as a host's init does. Under it, cat waits for the end of its input, which is the end of this process.
 * Propagation is shared, as systemd has it on any host.
 */
async function holdNamespaces(directory: string, cgroup2: boolean) {
  // Private until all of it is set up: nothing of this reaches the mounts that there are.
  const namespaces = [
    "--net",
    "--mount",
    "--propagation=private",
    "--pid",
    "--fork",
    "--kill-child=SIGKILL",
    "--mount-proc",
  ];
  const args = [...namespaces, "tini", "--", "sh", "-euc", SET_UP, "sh", cgroup2 ? "cgroup2" : ""];
  const child = spawn("unshare", args, { cwd: directory, stdio: ["pipe", "pipe", "inherit"], env: { PATH } });
  const ended = once(child, "close");
  const [first] = (await Promise.race([once(child.stdout, "data"), ended])) as unknown[];
  if (String(first) !== "ready\n") throw new Error(`no namespaces for an engine: ${String(first)}`);
  child.stdout.resume();
  const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
  const end = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return { pid, end };
}

function daemon(child: ChildProcess, name: string, log: string): Daemon {
  const ended = once(child, "exit");
  return {
    async stop() {
      // nsenter has forked, to be in the pid namespace: the daemon is its only child, and a signal is not passed on.
      const pid = unlessGone(() => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
      if (pid !== undefined && pid !== "") process.kill(Number(pid), "SIGTERM");
      await ended;
    },
    checkRuns() {
      if (child.exitCode === null && child.signalCode === null) return;
      throw new Error(`${name} has ended: ${readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n")}`);
    },
  };
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Waits until an engine answers. */
export async function untilReady(daemon: Daemon, answers: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await answers()); await sleep(100)) {
    daemon.checkRuns();
    if (Date.now() > end) throw new Error("the engine does not answer");
  }
}

/** For mydocker's tools there. */
export function toolEnvironment({ sandbox }: EngineHost): Record<string, string> {
  return { ...sandbox.env, PATH: `${BIN}:${PATH}` };
}

export function writeJson(path: string, value: unknown): string {
  writeFileSync(path, JSON.stringify(value, null, 2));
  return path;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
