const DECIMAL_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size as docker prints it: decimal units, `digits` significant ones (`4.26MB`, `13.3kB`, `0B`). */
export function humanSize(bytes: number, digits = 3): string {
  return inUnits(bytes, 1000, DECIMAL_UNITS, digits);
}

/** Memory as docker prints it: `1.5MiB`, `7.656GiB`. */
export function binarySize(bytes: number): string {
  return inUnits(bytes, 1024, BINARY_UNITS, 4);
}

function inUnits(bytes: number, base: number, units: string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  // %.3g: without trailing zeros, and never in exponents here because value is below the base.
  return `${Number(value.toPrecision(digits))}${units[unit] ?? ""}`;
}
