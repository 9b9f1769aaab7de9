import { defineCommand, eachNamed, MydockerError, reportError } from "@mydocker/stage";
import { findContainer, type HostPaths, hostPaths } from "@mydocker/state";
import { type Container, readContainer } from "../container/container.ts";
import { killAndWait, removeContainer } from "../container/teardown.ts";
import { print } from "../print.ts";
import { withStartLock } from "../start/start-lock.ts";

export const command = defineCommand({
  summary: "Remove containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: ["mydocker rm web", "mydocker rm -f web db"],
  flags: {
    force: { type: "boolean", short: "f", description: "Kill those that run" },
    volumes: { type: "boolean", short: "v", description: "Remove anonymous volumes, too" },
  },
  args: { min: 1 },
  run({ flags, args }) {
    const paths = hostPaths();
    return eachNamed(args, async (name) => {
      const id = findUnlessForced(paths, name, flags.force);
      if (id === undefined) return;
      // Before the lock, too: a start of it may be waiting for what never comes.
      if (flags.force) await killAndWait(paths, id);
      await withStartLock(paths, id, async () => {
        if (!flags.force) checkEnded(name, readContainer(paths, id));
        await killAndWait(paths, id);
        await removeContainer(paths, id);
      });
      print(`${name}\n`);
    });
  },
});

/** @throws MydockerError for one that runs, paused or not */
function checkEnded(name: string, container: Container | undefined): void {
  if (container?.life.status !== "running") return;
  const what = container.isPaused ? "it is paused" : "it is running";
  const first = container.isPaused ? "unpause and stop it first" : `mydocker stop ${name}`;
  throw new MydockerError(`cannot remove container "${name}": ${what}`, {
    code: "RUNNING",
    hint: `${first}, or rm -f`,
    exitCode: 1,
  });
}

/** `rm -f` of what is not there says so and goes on, as docker's does since 20.10. */
function findUnlessForced(paths: HostPaths, name: string, force: boolean): string | undefined {
  try {
    return findContainer(paths, name);
  } catch (error) {
    if (!force || !(error instanceof MydockerError) || error.code !== "NO_CONTAINER") throw error;
    reportError(error);
    return undefined;
  }
}
