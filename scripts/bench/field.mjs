// The place a benchmark run happens in: a directory, and the list of what has to be undone when it is over.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt } from "./command.mjs";

export function makeField() {
  const directory = mkdtempSync(join(tmpdir(), "mydocker-bench-"));
  const undo = [];
  const cleanUp = async () => {
    for (const work of undo.reverse()) {
      try {
        await work();
      } catch (error) {
        process.stderr.write(`while cleaning up: ${error.message}\n`);
      }
    }
    unmountBelow(directory);
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

/** An engine that was killed leaves mounts in its data directory; a directory with mounts in it cannot be removed. */
function unmountBelow(directory) {
  const { stdout } = attempt(["findmnt", "--raw", "--noheadings", "--output", "TARGET"]);
  const targets = stdout.split("\n").filter((target) => target.startsWith(`${directory}/`));
  for (const target of targets.reverse()) attempt(["umount", "--lazy", target]);
}
