import { runNow } from "../run-now.ts";

/**
 * Runs a batch of `ip` commands in one process.
 *
 * @throws MydockerError with the command that failed
 */
export function ipBatch(batch: string): void {
  runNow("ip", ["-batch", "-"], batch, (stderr) => explainBatch(batch, stderr));
}

/** As `ipBatch`, inside a namespace: a name below /run/netns, or a path, which `ip` itself does not take here. */
export function ipBatchIn(netns: string, batch: string): void {
  const [program = "", ...args] = netns.startsWith("/") ? ["nsenter", `--net=${netns}`, "ip"] : ["ip", "-netns", netns];
  runNow(program, [...args, "-batch", "-"], batch, (stderr) => explainBatch(batch, stderr));
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
