import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineCommand, unlessErrno, writeAll } from "@mydocker/stage";
import { hostPaths, isAlive, readRuntimeState } from "@mydocker/state";
import { deleteContainer, killContainer, takeAwayUnrecorded } from "../delete-container.ts";
import { isLeftUnmade } from "../runtime-directory.ts";

export const command = defineCommand({
  summary: "Take away what is left of containers whose init or monitor has ended.",
  usage: "[OPTIONS]",
  examples: ["mydocker-init gc --dry-run"],
  flags: { "dry-run": { type: "boolean", description: "Only print what would be taken away" } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const paths = hostPaths();
    for (const name of unlessErrno(["ENOENT"], () => readdirSync(paths.runtime)) ?? []) {
      const directory = join(paths.runtime, name);
      if (!isGarbage(directory)) continue;
      writeAll(`container ${name}\n`);
      if (!flags["dry-run"]) await collect(directory);
    }
  },
});

/**
 * A container is garbage once its init or its monitor has ended, and nobody is at work on it any more. An init without
 * its monitor has lost its log and its terminal, and nobody would notice its end.
 */
function isGarbage(directory: string): boolean {
  const state = readRuntimeState(directory);
  if (state === undefined) return isLeftUnmade(directory);
  if (state.monitor !== undefined) return !isAlive(state.monitor);
  return !isAlive(state.init);
}

async function collect(directory: string): Promise<void> {
  const state = readRuntimeState(directory);
  if (state === undefined) {
    takeAwayUnrecorded(directory);
    return;
  }
  await killContainer(state);
  await deleteContainer(directory, { force: true });
}
