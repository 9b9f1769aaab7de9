import { rmSync } from "node:fs";
import { info, signalNumber } from "@mydocker/stage";

const ENDING: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const ATTEMPTS = 5;

/** Directories with work in progress, and how who writes to them is stopped. */
const directories = new Set<string>();
const writers = new Set<() => void>();

/** Says what is to go when this process is asked to end; returns how that is taken back. */
export function removeWhenInterrupted(directory: string): () => void {
  directories.add(directory);
  return () => directories.delete(directory);
}

export function stopWhenInterrupted(stop: () => void): () => void {
  writers.add(stop);
  return () => writers.delete(stop);
}

/**
 * Runs `work`. A signal that asks this process to end does end it, with 128 and the signal's number, once what is half done has
 * been taken away; what SIGKILL leaves, `gc` finds.
 */
export async function withInterruption<T>(work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals): void => {
    for (const stop of writers) stop();
    for (const directory of directories) remove(directory);
    info(`interrupted by ${signal}`);
    process.exit(128 + signalNumber(signal));
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** A writer that has just been killed may still be making its last file. */
function remove(directory: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch {}
  }
}
