import { spawn } from "node:child_process";
import { join } from "node:path";
import { isFrozen } from "@mydocker/cgroup";
import { MydockerError, siblingPath } from "@mydocker/stage";
import { containerDirectory, containerLife, type HostPaths, withLockInside } from "@mydocker/state";

/**
 * Who has paused a container lets go of it when we end, however that happens: then its input ends. It is asked to end by nobody else, and
 * is in a session of its own, away from the terminal's signals.
 */
const HOLD = `trap '' HUP INT TERM
"$1" pause "$2" || exit 1
trap '"$1" resume "$2"' EXIT
echo
cat >/dev/null`;

/**
 * Runs `work` while a container's processes stand still. One that does not run, or is paused already, is left as it is. Of several who
 * want that, one comes after the other: the first to be done would let go of it for all.
 */
export async function holdStill<T>(paths: HostPaths, id: string, work: () => Promise<T>): Promise<T> {
  const { status, runtime } = containerLife(paths, id);
  // Of one that was created, and not started yet, there may be files alone.
  if (runtime === undefined || (status !== "running" && status !== "created")) return work();
  return withLockInside(join(containerDirectory(paths, id), "still.lock"), async () => {
    const freezer = containerLife(paths, id).runtime?.freezer;
    return freezer !== undefined && isFrozen(freezer) ? work() : holdWhile(id, work);
  });
}

async function holdWhile<T>(id: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn("sh", ["-c", HOLD, "sh", siblingPath("mydocker-init"), id], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  holder.stderr.on("data", (data: Buffer) => {
    said += data.toString("utf8");
  });
  const ended = new Promise<void>((resolve, reject) => {
    holder.once("error", reject);
    holder.once("close", () => resolve());
  });
  ended.catch(() => {});
  const isHeld = await Promise.race([
    new Promise<boolean>((resolve) => holder.stdout.once("data", () => resolve(true))),
    ended.then(() => false),
  ]);
  if (!isHeld) {
    const why = said.trim().replace(/^mydocker-init pause: (?:error: )?/, "");
    throw new MydockerError(`pause container ${id.slice(0, 12)}: ${why}`, {
      code: "NOT_PAUSED",
      hint: "--pause=false",
      exitCode: 1,
    });
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
