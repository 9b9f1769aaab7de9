import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHIM = fileURLToPath(new URL("..", import.meta.url));
/** What the shim shares with the tools. */
const SYSTEM = fileURLToPath(new URL("../../../../packages/system/native", import.meta.url));
const PARTS =
  "relay relay-loop relay-clients log terminal signals socket-path attach attach-session detach-keys output complain errno-name foreground reaper";

/** A program under test, with all it has said so far. */
export interface Running {
  pid: number;
  /** Sends to its stdin; `end` closes it. */
  type(text: string | Buffer): void;
  end(): void;
  signal(name: NodeJS.Signals): void;
  /** What is on stdout and on stderr by now. */
  stdout(): Buffer;
  stderr(): string;
  /** Stops and resumes reading its stdout. */
  pause(): void;
  resume(): void;
  /** The exit code, or the signal's name, once it has ended. */
  ended: Promise<number | string>;
}

export interface Driver {
  directory: string;
  /** Starts one role of driver.c. */
  run(...args: string[]): Running;
  /** Starts a monitor and waits until it listens. `attach` is how to be its client. */
  monitor(options: { flags?: number; message?: string }, ...command: string[]): Promise<Monitor>;
  /** Ends what is still running, removes the directory. */
  cleanUp(): Promise<void>;
}

export interface Monitor extends Running {
  log: string;
  socket: string;
  /** A client that starts the container. */
  start(...options: string[]): Running;
  /** One more client. */
  attach(...options: string[]): Running;
  /** The arguments of such a client, for one in a terminal. */
  startArguments: string[];
}

/** Waits until `holds` is true, for 20 seconds at most. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Builds driver.c with the address and undefined behaviour sanitizers, which end it with an error of their own. */
export function buildDriver(): Driver {
  const directory = mkdtempSync(join(tmpdir(), "mydocker-relay-"));
  const executable = join(directory, "driver");
  const sources = PARTS.split(" ").map((name) => (name === "errno-name" ? join(SYSTEM, "errno-name.c") : `${name}.c`));
  const flags = "-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined".split(" ");
  execFileSync(
    "cc",
    [...flags, `-I${SYSTEM}`, "-fno-sanitize-recover=all", "-o", executable, join(SHIM, "test/driver.c"), ...sources],
    { cwd: SHIM },
  );
  const running = new Set<Running>();
  let monitors = 0;

  const run = (...args: string[]): Running => {
    // Nothing here allocates, and the leak detector's own SIGSTOP is lost, for ever, to the SIGCONT of a terminal's hang-up.
    const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
    const child = spawn(executable, args, { stdio: "pipe", env });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => stdout.push(data));
    child.stderr.on("data", (data: Buffer) => stderr.push(data));
    child.stdin.on("error", () => {}); // EPIPE: it has ended
    const self: Running = {
      pid: child.pid ?? 0,
      type: (text) => void child.stdin.write(text),
      end: () => void child.stdin.end(),
      signal: (name) => void child.kill(name),
      stdout: () => Buffer.concat(stdout),
      stderr: () => Buffer.concat(stderr).toString(),
      pause: () => void child.stdout.pause(),
      resume: () => void child.stdout.resume(),
      ended: new Promise((resolve) =>
        child.on("close", (code, signal) => {
          running.delete(self);
          resolve(code ?? signal ?? "");
        }),
      ),
    };
    running.add(self);
    return self;
  };

  const monitor: Driver["monitor"] = async ({ flags = 0, message = "" }, ...command) => {
    const place = join(directory, String(++monitors));
    const [log, socket, fifo] = [`${place}.log`, `${place}.sock`, `${place}.fifo`];
    const process = run("monitor", log, socket, String(flags), fifo, message, "--", ...command);
    await until("the monitor listens", () => process.stdout().includes("ready"));
    const startArguments = ["attach", "--socket", socket, "--start", fifo];
    return {
      ...process,
      log,
      socket,
      startArguments,
      start: (...options) => run(...startArguments, ...options),
      attach: (...options) => run("attach", "--socket", socket, ...options),
    };
  };

  const cleanUp = async (): Promise<void> => {
    const left = [...running];
    for (const one of left) one.signal("SIGKILL");
    await Promise.all(left.map((one) => one.ended));
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, run, monitor, cleanUp };
}
