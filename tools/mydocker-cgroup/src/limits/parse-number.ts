import { usageError } from "@mydocker/stage";

/**
 * A whole number within a range.
 *
 * @param flag where it was given, for the message
 * @throws MydockerError that says what was expected
 */
export function parseNumber(flag: string, text: string, min: number, max: number): number {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw usageError(`${flag}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}
