const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** A size as docker prints it: decimal units, `digits` significant ones (`4.26MB`, `13.3kB`, `0B`). */
export function humanSize(bytes: number, digits = 3): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  // %.3g: without trailing zeros, and never in exponents here because value < 1000.
  return `${Number(value.toPrecision(digits))}${UNITS[unit] ?? ""}`;
}
