import { rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ANNOTATION, type OciConfig, parseExact, stringifyExact, withAnnotations } from "@mydocker/oci";
import { MydockerError, type ProgramResult, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  containerDirectory,
  type ExitRecord,
  type HostPaths,
  identifyProcess,
  readTextIfExists,
  type StageWords,
  writeContainerRecord,
  writeFileAtomic,
} from "@mydocker/state";
import type { Container } from "../container/container.ts";
import { finishTeardown, removeContainer, tearDown, waitForEnd } from "../container/teardown.ts";
import { startScript } from "./start-script.ts";

/**
 * Makes processes and network anew for a container that has files only: one that never ran, or has ended. After it, its
 * init waits for a start. From here on it counts as created, whatever happens: whoever is killed, its files stay.
 *
 * @throws MydockerError, and it is as it was before
 */
export async function makeReady(paths: HostPaths, container: Container): Promise<void> {
  const { id, record, life } = container;
  const directory = containerDirectory(paths, id);
  const { stages, config } = whatToRun(container, directory);
  // It may be ended, and its teardown not yet; or whose it was may have been killed.
  await waitForEnd(paths, id, Number.POSITIVE_INFINITY);
  await finishTeardown(paths, id);
  const owner = identifyProcess(process.pid) ?? record.owner;
  writeContainerRecord(directory, { ...record, owner, kept: true });
  for (const file of [CONTAINER_FILE.exit, CONTAINER_FILE.config]) rmSync(join(directory, file), { force: true });
  const result = await runStages(stages, config);
  if (result.code !== 0) {
    await undo(paths, container, life.exit);
    throw programFailed("its stages", result, 1);
  }
  if (result.stderr !== "") writeSync(2, result.stderr);
}

/** @throws MydockerError where its pipe was somebody else's */
function whatToRun({ record, id }: Container, directory: string): { stages: StageWords; config: OciConfig } {
  const text = readTextIfExists(join(directory, CONTAINER_FILE.bundled));
  if (record.stages === undefined || text === undefined) {
    throw new MydockerError(`container ${id.slice(0, 12)}: nothing tells how it was made, so it cannot be made again`, {
      code: "NOT_STARTABLE",
      hint: "mydocker create or mydocker run, or its own pipe of tools",
      exitCode: 1,
    });
  }
  return { stages: record.stages, config: parseExact(text) as OciConfig };
}

/** The stage before them is not to be undone by one that fails: the container's files stay. */
function runStages(stages: StageWords, config: OciConfig): Promise<ProgramResult> {
  const input = stringifyExact(withAnnotations(config, { [ANNOTATION.stages]: "" }));
  return runProgram("/bin/sh", ["-c", startScript(stages, siblingPath)], { input });
}

async function undo(paths: HostPaths, { id, record }: Container, exit: ExitRecord | undefined): Promise<void> {
  if (record.autoRemove) return removeContainer(paths, id);
  await tearDown(id);
  if (exit === undefined) return;
  writeFileAtomic(join(containerDirectory(paths, id), CONTAINER_FILE.exit), `${JSON.stringify(exit)}\n`);
}
