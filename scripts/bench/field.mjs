// The place a benchmark run happens in: a directory, and the list of what has to be undone when it is over.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt, requireSuccess } from "./command.mjs";

export function makeField() {
  const directory = mkdtempSync(join(tmpdir(), "mydocker-bench-"));
  const undo = [];
  makeDisk(directory);
  const cleanUp = async () => {
    for (const work of undo.reverse()) {
      try {
        await work();
      } catch (error) {
        process.stderr.write(`while cleaning up: ${error.message}\n`);
      }
    }
    unmountBelow(directory);
    // Lazily: an engine that has just ended may still be letting go of it.
    attempt(["umount", "--lazy", directory]);
    rmSync(directory, { recursive: true, force: true });
  };
  const later = (work) => undo.push(work);
  /** Paths outside of the directory that a program makes whatever it is told: removed unless they were there before. */
  const remove = (...paths) => {
    const fresh = paths.filter((path) => !existsSync(path));
    later(() => {
      for (const path of fresh) rmSync(path, { recursive: true, force: true });
    });
  };
  return { directory, later, remove, cleanUp };
}

/**
 * Stores are on a file system of the run's own: what a host's is, from an overlay to a network's, would be measured with the
 * engines; and what is left to be written is written without anybody else's.
 */
function makeDisk(directory) {
  const image = `${directory}.ext4`;
  try {
    requireSuccess(["truncate", "--size=24G", image]);
    requireSuccess(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image]);
    requireSuccess(["mount", "-o", "loop", image, directory]);
  } finally {
    // The mount keeps it, as long as it is there.
    rmSync(image, { force: true });
  }
}

/** An engine that was killed leaves mounts in its data directory; a directory with mounts in it cannot be removed. */
function unmountBelow(directory) {
  const { stdout } = attempt(["findmnt", "--raw", "--noheadings", "--output", "TARGET"]);
  const targets = stdout.split("\n").filter((target) => target.startsWith(`${directory}/`));
  for (const target of targets.reverse()) attempt(["umount", "--lazy", target]);
}
