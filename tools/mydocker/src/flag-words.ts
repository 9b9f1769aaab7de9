import type { Flags } from "@mydocker/stage";

/** The flags of `table` that are set in `values`, as words. A value is joined by `=`, for it may begin with a dash. */
export function flagWords(table: Flags, values: Record<string, boolean | string | string[] | undefined>): string[] {
  return Object.entries(table).flatMap(([name, flag]) => {
    const value = values[name];
    if (value === undefined || value === (flag.default ?? false)) return [];
    if (typeof value === "boolean") return [value ? `--${name}` : `--${name}=false`];
    return (Array.isArray(value) ? value : [value]).map((one) => `--${name}=${one}`);
  });
}
