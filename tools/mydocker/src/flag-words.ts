import type { Flags } from "@mydocker/stage";

/** The flags of `table` that are set in `values`, as words. A value is joined by `=`, for it may begin with a dash. */
export function flagWords(table: Flags, values: Record<string, boolean | string | string[] | undefined>): string[] {
  return Object.keys(table).flatMap((name) => {
    const value = values[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return (Array.isArray(value) ? value : [value]).map((one) => `--${name}=${one}`);
  });
}
