import { usageError } from "./errors.ts";

/**
 * `--format` of what lists things for people and for programs.
 *
 * @throws MydockerError for any other
 */
export function parseListFormat(format = "table"): "table" | "json" {
  if (format === "table" || format === "json") return format;
  throw usageError(`--format: expected table or json, got "${format}"`);
}

/** Rows in columns, each as wide as its widest cell. */
export function renderColumns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
