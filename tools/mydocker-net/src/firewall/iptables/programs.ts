import { existsSync } from "node:fs";
import { MydockerError, programFailed, runProgramNow } from "@mydocker/stage";
import { outputOf } from "../../run-now.ts";
import type { Chain, Family } from "./rules.ts";
import { parseSaved, renderTransactions, type Saved } from "./transaction.ts";

const PROGRAMS = {
  4: { save: "iptables-save", restore: "iptables-restore" },
  6: { save: "ip6tables-save", restore: "ip6tables-restore" },
} as const;

/** Somebody else's change between what we read and what we write fails the transaction: read again. */
const ATTEMPTS = 3;

/** What there is of ours. Where IPv6 is not, there is nothing. */
export function readSaved(prefix: string, family: Family): Saved {
  if (family === 6 && !existsSync("/proc/sys/net/ipv6")) return parseSaved(prefix, "");
  const { save } = PROGRAMS[family];
  const result = runProgramNow(save, []);
  if (result.code !== 0) throw programFailed(save, result);
  return parseSaved(prefix, result.stdout);
}

/** Makes our chains of a family the wanted ones. Call it under the network lock. */
export function replaceChains(prefix: string, family: Family, wanted: Chain[]): void {
  for (let attempt = 1; ; attempt += 1) {
    const input = renderTransactions(readSaved(prefix, family), wanted);
    if (input === "") return;
    const problem = restore(family, input);
    if (problem === undefined) return;
    if (attempt === ATTEMPTS) throw problem;
  }
}

/**
 * Carries out transactions, and leaves what they do not mention alone.
 *
 * @returns why not
 */
export function restore(family: Family, input: string): MydockerError | undefined {
  const { restore: program } = PROGRAMS[family];
  // Old iptables locks a file and gives up at once where somebody else has it (moby#44331).
  const result = runProgramNow(program, ["--noflush", "--wait"], { input });
  if (result.code === 0) return undefined;
  const said = result.stderr.split("\n").find((line) => line !== "");
  return said === undefined ? programFailed(program, result) : new MydockerError(said, { code: "PROGRAM_FAILED" });
}

/** Whether a family's programs are there and work. */
export function canRun(family: Family): boolean {
  return outputOf(PROGRAMS[family].save, []) !== undefined;
}
