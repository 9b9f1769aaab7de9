import { usageError } from "@mydocker/stage";

/** Reads `-l KEY[=VALUE]`; later ones win. */
export function parseLabels(texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text): [string, string] => {
    const equals = text.indexOf("=");
    const key = equals === -1 ? text : text.slice(0, equals);
    if (key.trim() === "") throw usageError(`--label ${JSON.stringify(text.slice(0, 60))}: expected KEY=VALUE or KEY`);
    return [key, equals === -1 ? "" : text.slice(equals + 1)];
  });
  return Object.fromEntries(entries);
}
