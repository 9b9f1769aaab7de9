import { UPDATE_FLAGS } from "@mydocker/cgroup/limit-flags";
import { defineCommand, eachNamed, MydockerError, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { containerDirectory, type HostPaths, hostPaths, writeContainerRecord } from "@mydocker/state";
import { type Container, requireContainer } from "../container/container.ts";
import { mergeLimitWords } from "../container/merge-limit-words.ts";
import { flagWords } from "../flag-words.ts";
import { print } from "../print.ts";
import { checkStages } from "../start/check-stages.ts";
import { withStartLock } from "../start/start-lock.ts";

export const command = defineCommand({
  summary: "Change the limits of containers, at once where they run, and for when they are started again",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: ["mydocker update -m 256m --pids-limit 100 web", "mydocker update --cpus 0.5 web db"],
  flags: UPDATE_FLAGS,
  args: { min: 1 },
  run({ flags, args }) {
    const words = flagWords(UPDATE_FLAGS, flags);
    if (words.length === 0) {
      throw new MydockerError("you must provide one or more flags when using this command", {
        code: "USAGE",
        hint: "mydocker update --help",
        exitCode: 1,
      });
    }
    const paths = hostPaths();
    return eachNamed(args, async (name) => {
      const { id } = requireContainer(paths, name);
      await withStartLock(paths, id, () => update(paths, name, requireContainer(paths, id), words));
      print(`${name}\n`);
    });
  },
});

async function update(paths: HostPaths, name: string, container: Container, words: string[]): Promise<void> {
  const { id, record, life } = container;
  const directory = containerDirectory(paths, id);
  const stages =
    record.stages === undefined ? undefined : { ...record.stages, apply: mergeLimitWords(record.stages.apply, words) };
  if (life.runtime !== undefined && (life.status === "running" || life.status === "created")) {
    const result = await runProgram(siblingPath("mydocker-cgroup"), ["update", ...words, id]);
    if (result.code !== 0) throw programFailed(`cannot update container ${name}`, result, 1);
  } else if (stages === undefined) {
    throw new MydockerError(`cannot update container ${name}: it does not run, and cannot be started again`, {
      code: "NOT_RUNNING",
      exitCode: 1,
    });
  } else {
    await checkStages(directory, stages);
  }
  if (stages !== undefined) writeContainerRecord(directory, { ...record, stages });
}
