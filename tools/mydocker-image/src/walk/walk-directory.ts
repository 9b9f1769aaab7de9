import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { MydockerError, shimPath } from "@mydocker/stage";
import type { ProcessIdentity } from "@mydocker/state";
import { stopWhenInterrupted } from "../store/interruption.ts";
import { readWalk, type Walked } from "./read-walk.ts";

/** What is walked: a directory, or the root of a container that runs, without what is mounted in it. */
export type WalkTarget = { directory: string } | { container: ProcessIdentity };

export interface WalkOptions {
  /** Content of regular files, too. */
  content?: boolean;
  /** false: for a test of what stands behind Landlock. */
  landlock?: boolean;
  /** A command line that makes ready what is walked, and then becomes what stands behind it. */
  wrapper?: string[];
}

/**
 * Tells of all that is there, by name within each directory, a directory before what is in it. Who walks is the shim, by
 * descriptors: whatever a container does to its files meanwhile, nothing else is read.
 */
export async function* walkDirectory(target: WalkTarget, options: WalkOptions = {}): AsyncGenerator<Walked> {
  const { content = true, landlock = true, wrapper = [] } = options;
  const what =
    "directory" in target ? [target.directory] : ["--container", `${target.container.pid}:${target.container.start}`];
  const flags = [...(content ? [] : ["--no-content"]), ...(landlock ? [] : ["--no-landlock"])];
  const [program = "", ...args] = [...wrapper, shimPath(), "walk", ...flags, ...what];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const forget = stopWhenInterrupted(() => child.kill("SIGKILL"));
  const ended = endOf(child);
  try {
    yield* readWalk(child.stdout);
  } catch (error) {
    if (error instanceof MydockerError) throw error;
    // Where it failed it said why, and the rest follows from that.
    throw (await ended) ?? error;
  } finally {
    child.kill("SIGKILL");
    await ended.catch(() => {});
    forget();
  }
}

/** What went wrong, once it has ended. */
function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<MydockerError | undefined> {
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said = `${said}${data.toString("utf8")}`.slice(-2000);
  });
  const ended = new Promise<MydockerError | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const line = said.trim().split("\n").at(-1) ?? "";
      const why = line.replace(/^mydocker-shim [a-z]+: /, "");
      const failure = why === "" ? "who reads it was killed" : why;
      resolve(code === 0 ? undefined : new MydockerError(failure, { code: "WALK_FAILED" }));
    });
  });
  ended.catch(() => {});
  return ended;
}
