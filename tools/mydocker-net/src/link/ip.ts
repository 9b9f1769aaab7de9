import { runNow } from "../run-now.ts";

/**
 * Runs a batch of `ip` commands in one process.
 *
 * @param netns run them inside this namespace
 * @throws MydockerError with the command that failed
 */
export function ipBatch(batch: string, netns?: string): void {
  const inside = netns === undefined ? [] : ["-netns", netns];
  runNow("ip", [...inside, "-batch", "-"], batch, (stderr) => explainBatch(batch, stderr));
}

/** As `ipBatch`, but a command that fails does not stop the next; the caller looks at what is left. */
export function ipBatchLenient(batch: string): string {
  let problem = "";
  runNow("ip", ["-force", "-batch", "-"], batch, (stderr) => {
    problem = explainBatch(batch, stderr);
    return undefined;
  });
  return problem;
}

/** ip says `why` and then `Command failed -:N`. */
export function explainBatch(batch: string, stderr: string): string {
  const number = /Command failed -:(\d+)/.exec(stderr)?.[1];
  const command = number === undefined ? "-batch" : (batch.split("\n")[Number(number) - 1] ?? "");
  const why = stderr
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("Command failed"))
    .join("; ");
  return `ip ${command}: ${why}`;
}
