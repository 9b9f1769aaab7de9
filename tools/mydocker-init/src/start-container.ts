import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import { claim, RUNTIME_FILE } from "@mydocker/state";
import type { FoundContainer } from "./container-state.ts";
import { timestamp } from "./timestamp.ts";

/** Lets a created container's init execute its command. Exactly one caller wins. */
export function startContainer(container: FoundContainer): void {
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
  openGate(join(directory, RUNTIME_FILE.start), state.id);
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
