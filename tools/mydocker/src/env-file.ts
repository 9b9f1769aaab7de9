import { readFileSync } from "node:fs";
import { systemError, usageError } from "@mydocker/stage";

/**
 * The variables of `--env-file` and `-e`, in docker's order (the later wins). A name alone takes its value from our own
 * environment, and is left out where there is none.
 */
export function readEnvironment(files: string[], words: string[], own: NodeJS.ProcessEnv): string[] {
  const fromFiles = files.flatMap((file) => parseEnvFile(readText(file), file));
  return [...fromFiles, ...words.map((word) => checkEntry(word, "--env"))].flatMap((entry) => {
    if (entry.includes("=")) return [entry];
    const value = own[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}

/** `KEY=VALUE` a line, taken as it stands: no quotes, no expansion; lines that are empty or begin with # are skipped. */
export function parseEnvFile(text: string, file: string): string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => checkEntry(line, file));
}

function checkEntry(entry: string, where: string): string {
  const key = entry.split("=")[0] ?? "";
  if (key === "" || /\s/.test(key)) throw usageError(`${where}: expected KEY=VALUE, got "${entry.slice(0, 60)}"`);
  return entry;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw systemError(`--env-file ${file}`, error);
  }
}
