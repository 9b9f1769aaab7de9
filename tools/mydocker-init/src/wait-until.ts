import { setTimeout as sleep } from "node:timers/promises";

/** How long a process whose end is certain may take to be gone. */
const TIMEOUT_MS = 10_000;

/** Waits until `condition` holds, looking again and again; for ten seconds at most. */
export async function waitUntil(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (let pause = 1; !condition() && Date.now() < deadline; pause = Math.min(pause * 2, 20)) await sleep(pause);
}
