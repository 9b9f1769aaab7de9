import { join } from "node:path";
import { type ProgramResult, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { CONTAINER_FILE, type StageWords } from "@mydocker/state";

/**
 * Has the stages that a start will run look at what they are to do, without doing it.
 *
 * @param directory the container's
 */
export async function checkStages(directory: string, { attach, apply }: StageWords): Promise<void> {
  const config = `--config=${join(directory, CONTAINER_FILE.bundled)}`;
  const look = async (tool: string, verb: string, words: string[]): Promise<void> => {
    const result = await runProgram(siblingPath(tool), [verb, "--dry-run", config, ...words]);
    if (result.code !== 0) throw refusedBy(tool, verb, result);
  };
  await Promise.all([look("mydocker-net", "attach", attach), look("mydocker-cgroup", "apply", apply)]);
}

function refusedBy(tool: string, verb: string, result: ProgramResult): Error {
  const why = result.stderr.trim().replace(`${tool} ${verb}: `, "");
  return programFailed(`${tool} ${verb}`, { ...result, stderr: why });
}
