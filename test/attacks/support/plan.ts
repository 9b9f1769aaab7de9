import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestBundle } from "@mydocker/testing";
import { encodePlan } from "../../../tools/mydocker-init/src/plan/encode.ts";
import {
  type Argument,
  OPERATIONS,
  type Operation,
  type OperationName,
  type Plan,
} from "../../../tools/mydocker-init/src/plan/operations.ts";
import type { Runtime } from "./runtime.ts";

/** What is made of a bundle in the container, without what mydocker-init makes on the host first. */
export async function planOf(runtime: Runtime, bundle: TestBundle & { id: string }): Promise<Plan> {
  const { stdout } = await runtime.init(["plan", "--json", "--bundle", bundle.directory, bundle.id]);
  const entries = JSON.parse(stdout) as { operation: OperationName; arguments: string[] }[];
  return entries
    .map(({ operation, arguments: texts }) => readOperation(operation, texts))
    .filter(({ name }) => name === "clone" || name === "join-first" || OPERATIONS[name].phase === "container");
}

function readOperation(name: OperationName, texts: string[]): Operation {
  const signature = OPERATIONS[name].signature;
  const types = signature.replace(/(.)\*/, (_, type: string) => type.repeat(texts.length));
  return { name, args: texts.map((text, index) => readArgument(types[index], text)) };
}

function readArgument(type: string | undefined, text: string): Argument {
  if (type === "n") return BigInt(text);
  return type === "b" ? Buffer.from(text, "base64") : text;
}

/** How often a race is tried. */
export const ROUNDS = 500;

/**
 * Gives a plan to the shim time and again, two at a time: what mydocker-init does with it, without what it takes to get there.
 *
 * @param broken a shell's condition, on `output` of a container that ended with the expected code: there the races end
 * @returns what the condition held for, or nothing
 */
export async function race(
  runtime: Runtime,
  role: "run" | "enter",
  plan: Plan,
  broken: string,
  { expectedCode = 0, rounds = ROUNDS }: { expectedCode?: number; rounds?: number } = {},
): Promise<string[]> {
  const file = join(runtime.directory, "plan");
  writeFileSync(file, encodePlan(plan));
  const { stdout, stderr, code } = await runtime.shell(`
    try() {
      local ran=0
      for ((round = 0; round < ${rounds / 2}; round++)); do
        output=$(exec ${runtime.shim} ${role} --plan-fd 60 60<${file} 2>${file}.errors-$1)
        [[ $? == ${expectedCode} ]] || continue
        ((ran++))
        if ${broken}; then printf '%s\\n' "round $round: $output"; return; fi
      done
      [[ $ran -gt 10 ]] || cat ${file}.errors-$1 >&2
    }
    { try 1 || true; } & { try 2 || true; } & wait`);
  if (stderr !== "" || code !== 0) throw new Error(`no race took place: ${stderr}`);
  return stdout === "" ? [] : [stdout];
}

/**
 * Gives a plan straight to the shim.
 *
 * @param redirections of a shell: descriptors that the caller has open, and hands on
 */
export function runPlan(runtime: Runtime, role: "run" | "enter", plan: Plan, redirections = ""): string {
  const file = join(runtime.directory, "plan");
  writeFileSync(file, encodePlan(plan));
  const script = `exec ${runtime.shim} ${role} --plan-fd 60 60<${file} ${redirections} 2>/dev/null`;
  return spawnSync("bash", ["-c", script], { encoding: "utf8", env: { ...process.env, ...runtime.env } }).stdout;
}
