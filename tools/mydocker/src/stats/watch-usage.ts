import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { UsageRound } from "@mydocker/cgroup";
import { MydockerError, siblingPath } from "@mydocker/stage";

/**
 * What all containers use, a round a second, until nobody wants another. Who looks is away from the terminal's signals, and
 * ends when we do: then nobody reads.
 *
 * @throws MydockerError where it ends by itself
 */
export async function* watchUsage(): AsyncGenerator<UsageRound> {
  const child = spawn(siblingPath("mydocker-cgroup"), ["stats", "--stream"], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString("utf8");
  });
  child.once("error", (error) => {
    said += error.message;
  });
  const end = (): void => void child.kill();
  process.once("exit", end);
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as UsageRound;
    throw new MydockerError(`mydocker-cgroup stats: ${said.trim() || "it has ended"}`, {
      code: "NO_STATS",
      exitCode: 1,
    });
  } finally {
    process.off("exit", end);
    end();
  }
}
