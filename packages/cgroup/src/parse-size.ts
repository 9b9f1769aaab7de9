import { usageError } from "@mydocker/stage";

const UNITS = "bkmgtp";

/**
 * A size as docker takes it (go-units RAMInBytes): a number, perhaps with a fraction, and b, k, m, g, t or p in either
 * case, perhaps followed by "b" or "ib"; units are powers of 1024.
 *
 * @param flag where it was given, for the message
 * @throws MydockerError that says what was expected
 */
export function parseSize(flag: string, text: string): number {
  const [, number, unit = "b"] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])i?)?b?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
  if (!Number.isSafeInteger(bytes)) {
    throw usageError(`${flag}: expected a size such as 256m or 1.5g (b, k, m, g), got ${JSON.stringify(text)}`);
  }
  return bytes;
}
