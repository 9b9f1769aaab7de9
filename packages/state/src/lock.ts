import { dirname } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { makePrivateDirectory } from "./atomic-file.ts";

/**
 * Runs `work` while nobody else holds `path`. The lock is flock(2)'s, held by util-linux's `flock` around a `cat` that
 * lives as long as our end of its stdin: when this process dies, however it dies, the kernel lets go of the lock.
 * It costs two processes, so it is for pull, remove and network set-up, never for the hot path.
 *
 * @param path the lock's file; made as needed, never removed (removing it would let two in)
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  makePrivateDirectory(dirname(path));
  const { spawn } = process.getBuiltinModule("node:child_process");
  const holder = spawn("flock", [path, "sh", "-c", "echo locked; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.once("error", reject);
    holder.once("close", (code) => {
      reject(new MydockerError(`lock ${path}: flock ended with ${code}`, { code: "LOCK_FAILED" }));
    });
  });
  try {
    return await work();
  } finally {
    const closed = new Promise((resolve) => holder.once("close", resolve));
    holder.stdin.end();
    await closed;
  }
}
