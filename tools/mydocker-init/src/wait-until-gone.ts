import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessIdentity } from "@mydocker/state";

/** How long a process whose end is certain may take to be gone. */
const TIMEOUT_MS = 10_000;

/** Waits for the end of a process, looking again and again; for ten seconds at most. */
export async function waitUntilGone(identity: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (let pause = 1; isAlive(identity) && Date.now() < deadline; pause = Math.min(pause * 2, 20)) await sleep(pause);
}
