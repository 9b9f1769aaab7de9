import { rmSync } from "node:fs";
import {
  become,
  defineCommand,
  eachNamed,
  MydockerError,
  programFailed,
  runProgram,
  shimPath,
  siblingPath,
} from "@mydocker/stage";
import {
  claim,
  containerDirectory,
  type HostPaths,
  hostPaths,
  identifyProcess,
  writeContainerRecord,
} from "@mydocker/state";
import { type Container, requireContainer } from "../container/container.ts";
import { isForsaken } from "../container/is-forsaken.ts";
import { print } from "../print.ts";
import { requireTerminal } from "../require-terminal.ts";
import { checkDetachKeys } from "../run/check-detach-keys.ts";
import { attachCommand, runtimeFiles } from "../run/client.ts";
import { makeReady } from "../start/make-ready.ts";
import { sheltered } from "../start/sheltered.ts";
import { withStartLock } from "../start/start-lock.ts";

export const command = defineCommand({
  summary: "Start containers that were created, or have ended",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: ["mydocker start web db", "mydocker start -a web", "mydocker start -ai shell"],
  flags: {
    attach: {
      type: "boolean",
      short: "a",
      description: "Show its output, pass signals on, and exit with its exit code",
    },
    interactive: { type: "boolean", short: "i", description: "The same, and feed its stdin" },
    "detach-keys": { type: "string", value: "KEYS", description: "Keys that detach (default: ctrl-p,ctrl-q)" },
  },
  args: { min: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    if (!flags.attach && !flags.interactive) {
      return sheltered(() => eachNamed(args, (name) => startAlone(paths, name)));
    }
    const [name = "", ...others] = args;
    checkDetachKeys(flags["detach-keys"]);
    if (others.length > 0) throw refused("you cannot start and attach multiple containers at once");
    const { record } = requireContainer(paths, name);
    if (flags.interactive && record.tty) requireTerminal();
    return startAttached(paths, name, { ...flags, tty: record.tty });
  },
});

async function startAlone(paths: HostPaths, name: string): Promise<void> {
  await whileNobodyElseStarts(paths, name, async (container) => {
    if (container.life.status === "running") return;
    await unlessReady(paths, name, container);
    const result = await runProgram(siblingPath("mydocker-init"), ["start", container.id]);
    if (result.code !== 0) throw programFailed(`cannot start container ${name}`, result, 1);
  });
  print(`${name}\n`);
}

/** The claim of the start is this process's, which is the client then; of what runs already it is only that. */
async function startAttached(
  paths: HostPaths,
  name: string,
  options: Parameters<typeof attachCommand>[2],
): Promise<never> {
  const files = await sheltered(() =>
    whileNobodyElseStarts(paths, name, async (container) => {
      const { socket, start, started } = runtimeFiles(paths, container.id);
      if (container.life.status === "running") return { socket };
      await unlessReady(paths, name, container);
      return claim(started, new Date().toISOString()) === undefined ? { socket, start } : { socket };
    }),
  );
  become(shimPath(), attachCommand(shimPath(), files, options));
}

/** Of two who start one container the second finds it running. */
function whileNobodyElseStarts<T>(
  paths: HostPaths,
  name: string,
  work: (container: Container) => Promise<T>,
): Promise<T> {
  const { id } = requireContainer(paths, name);
  return withStartLock(paths, id, async () => {
    const container = requireContainer(paths, id);
    if (container.isPaused) throw refused(`cannot start a paused container, try unpause instead: ${name}`);
    return work(withoutLostClaim(paths, container));
  });
}

/** Where whoever claimed its start was killed before it began, nobody else would ever start it: its init waits as before. */
function withoutLostClaim(paths: HostPaths, container: Container): Container {
  if (container.life.status !== "running" || !isForsaken(container)) return container;
  rmSync(runtimeFiles(paths, container.id).started, { force: true });
  return requireContainer(paths, container.id);
}

async function unlessReady(paths: HostPaths, name: string, container: Container): Promise<void> {
  const { status, runtime } = container.life;
  // Its init waits already: it is of somebody's own pipe, or whoever began to start it was killed.
  if (status === "created" && runtime !== undefined) {
    const owner = identifyProcess(process.pid) ?? container.record.owner;
    writeContainerRecord(containerDirectory(paths, container.id), { ...container.record, owner });
    return;
  }
  if (status === "building") throw refused(`cannot start container ${name}: it is still being made`);
  if (status !== "created" && status !== "exited") throw refused(`cannot start container ${name}: it is to be removed`);
  try {
    await makeReady(paths, container);
  } catch (error) {
    if (!(error instanceof MydockerError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new MydockerError(`cannot start container ${name}: ${error.message}`, {
      code: error.code,
      exitCode: 1,
      ...hint,
    });
  }
}

function refused(message: string): MydockerError {
  return new MydockerError(message, { code: "BAD_STATE", exitCode: 1 });
}
