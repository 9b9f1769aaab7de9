import { reportError } from "./log.ts";

/**
 * Does the same to everything that was named, one after the other; what fails is reported and does not stop the rest.
 *
 * @returns the exit code: 1 when any failed
 */
export async function eachNamed(names: string[], work: (name: string) => Promise<void>): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      reportError(error);
      code = 1;
    }
  }
  return code;
}
