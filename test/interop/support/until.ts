import { setTimeout as sleep } from "node:timers/promises";

/** Waits for what an engine brings about some time after it has answered. */
export async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (const end = Date.now() + 30_000; !(await condition()); await sleep(100)) {
    if (Date.now() > end) throw new Error(otherwise);
  }
}
