import { addon } from "./addon.ts";

/**
 * Takes the flock(2) lock on an open file. The kernel lets go of it when the file is closed, by whatever end of this process.
 *
 * @returns false where somebody else holds it
 */
export function lockFile(descriptor: number): boolean {
  return addon().lock(descriptor);
}
