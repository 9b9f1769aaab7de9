import { writeSync } from "node:fs";
import { errnoOf } from "@mydocker/stage";
import { pause } from "@mydocker/system/pause";

/**
 * Writes all of `data` to a descriptor.
 *
 * @returns false when nobody reads it any more
 */
export function writeBytes(descriptor: number, data: Buffer): boolean {
  for (let offset = 0; offset < data.length; ) {
    try {
      offset += writeSync(descriptor, data, offset);
    } catch (error) {
      if (errnoOf(error) === "EPIPE") return false;
      if (errnoOf(error) !== "EAGAIN") throw error;
      // Whoever gave us a non-blocking pipe reads slowly: look again in a moment.
      pause(2);
    }
  }
  return true;
}
