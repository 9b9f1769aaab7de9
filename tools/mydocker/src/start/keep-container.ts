import { join } from "node:path";
import { runProgram, siblingPath } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  containerDirectory,
  type HostPaths,
  readContainerRecord,
  type StageWords,
  syncFile,
  writeContainerRecord,
} from "@mydocker/state";
import { checkStages } from "./check-stages.ts";

/**
 * Has a container that was bundled stay, though nobody runs it: from here on it needs no owner. Up to here it is garbage
 * once its maker is gone.
 *
 * @throws MydockerError where a stage would refuse its words: then nothing of the container is left
 */
export async function keepContainer(paths: HostPaths, id: string, stages: StageWords): Promise<void> {
  const directory = containerDirectory(paths, id);
  try {
    await checkStages(directory, stages);
    syncFile(join(directory, CONTAINER_FILE.bundled));
    const record = readContainerRecord(directory);
    if (record !== undefined) writeContainerRecord(directory, { ...record, kept: true });
  } catch (error) {
    await runProgram(siblingPath("mydocker-image"), ["release", id]);
    throw error;
  }
}
