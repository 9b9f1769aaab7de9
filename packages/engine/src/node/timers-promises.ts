import { host } from "../host.ts";

/** node:timers/promises' setTimeout. Nothing else of a verb in a hurry waits for anything meanwhile. */
export async function setTimeout(milliseconds: number): Promise<void> {
  host.sleep(milliseconds);
}
