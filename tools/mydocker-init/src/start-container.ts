import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, MydockerError, systemError, unlessErrno } from "@mydocker/stage";
import { claim, RUNTIME_FILE } from "@mydocker/state";
import type { FoundContainer } from "./container-state.ts";
import { timestamp } from "./timestamp.ts";
import { waitUntilGone } from "./wait-until-gone.ts";

/** No answer is longer. */
const ANSWER_BYTES = 4096;

/**
 * Lets a created container's init execute its command, and waits until it has. Exactly one caller wins.
 *
 * @throws MydockerError where the command could not be executed, with 126 or 127; or where something before it failed
 */
export async function startContainer(container: FoundContainer): Promise<void> {
  const { directory, state, status } = container;
  if (status !== "created") {
    throw new MydockerError(`container ${state.id} is ${status}: only a created one can be started`, {
      code: "NOT_CREATED",
      exitCode: 1,
    });
  }
  if (claim(join(directory, RUNTIME_FILE.started), timestamp()) !== undefined) {
    throw new MydockerError(`container ${state.id} has been started already`, { code: "NOT_CREATED", exitCode: 1 });
  }
  // Before the gate is opened: what is said while nobody reads goes to the container's stderr instead.
  const answer = openAnswer(join(directory, RUNTIME_FILE.answer));
  openGate(join(directory, RUNTIME_FILE.start), state.id);
  if (answer === undefined) return;
  const [exitCode, message] = readAnswer(answer);
  if (message === undefined) return;
  // It answers right before it ends. Who is told that nothing was started finds the container stopped.
  await waitUntilGone(state.init);
  throw new MydockerError(message, { code: "NOT_STARTED", exitCode });
}

function openGate(fifo: string, id: string): void {
  try {
    const descriptor = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(descriptor, "s");
    closeSync(descriptor);
  } catch (error) {
    // ENXIO: nobody waits at the other end.
    if (errnoOf(error) === "ENXIO") {
      throw new MydockerError(`container ${id} is stopped: its init has ended`, { code: "NOT_CREATED", exitCode: 1 });
    }
    throw systemError(`start container ${id}`, error);
  }
}

/**
 * A descriptor that reads wait on. Opening a FIFO without O_NONBLOCK waits for a writer, for ever where the init has
 * been killed; so there is a writer of our own, for as long as that takes.
 */
function openAnswer(fifo: string): number | undefined {
  // ENOENT: the container was created before there were answers.
  const first = unlessErrno(["ENOENT"], () => openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
  if (first === undefined) return undefined;
  const writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  const reader = openSync(fifo, constants.O_RDONLY);
  closeSync(first);
  closeSync(writer);
  return reader;
}

/** The exit code and what there is to say; nothing, where the command has been executed. */
function readAnswer(descriptor: number): [number, string | undefined] {
  const answer = Buffer.alloc(ANSWER_BYTES);
  let length = 0;
  for (let got = -1; got !== 0 && length < answer.length; length += got) {
    got = readSync(descriptor, answer, length, answer.length - length, null);
  }
  closeSync(descriptor);
  return length === 0 ? [0, undefined] : [answer.readUInt8(0), answer.toString("utf8", 1, length)];
}
