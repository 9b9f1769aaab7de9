// In place of packages/system/src/pause.ts.
import { host } from "./host.ts";

export function pause(milliseconds: number): void {
  host.sleep(milliseconds);
}
