import { eachNamed, MydockerError, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { print } from "../print.ts";
import { type Container, requireContainer } from "./container.ts";

/** Pauses containers or lets them run on, and prints what was named, a line each. @returns the exit code */
export function changePause(names: string[], verb: "pause" | "unpause"): Promise<number> {
  const paths = hostPaths();
  return eachNamed(names, async (name) => {
    const container = requireContainer(paths, name);
    const problem = verb === "pause" ? whyNotPaused(container) : whyNotResumed(container);
    if (problem !== undefined) {
      throw new MydockerError(`container ${name} is ${problem}`, { code: "BAD_STATE", exitCode: 1 });
    }
    const result = await runProgram(siblingPath("mydocker-init"), [
      verb === "pause" ? "pause" : "resume",
      container.id,
    ]);
    if (result.code !== 0) throw programFailed(`${verb} ${name}`, result);
    print(`${name}\n`);
  });
}

function whyNotPaused({ life, isPaused }: Container): string | undefined {
  if (life.status !== "running") return "not running";
  return isPaused ? "already paused" : undefined;
}

function whyNotResumed({ isPaused }: Container): string | undefined {
  return isPaused ? undefined : "not paused";
}
