// Writes plans for the fuzzer to begin with, as mydocker-init encodes them: node make-corpus.ts DIRECTORY
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { encodePlan } from "../../src/plan/encode.ts";
import { type Argument, OPERATIONS, type OperationName, operation, type Plan } from "../../src/plan/operations.ts";

/** One plan for each kind of operation, and one that is a whole container. */
export function makeCorpus(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const names = Object.keys(OPERATIONS) as OperationName[];
  for (const name of names) write(directory, name, [operation(name, ...argumentsFor(OPERATIONS[name].signature))]);
  write(
    directory,
    "whole",
    names.map((name) => operation(name, ...argumentsFor(OPERATIONS[name].signature))),
  );
  write(directory, "empty", []);
  write(directory, "escapes", [operation("environment", 'A="\\\n\u0001', "B=é\u{1f980}", "")]);
}

function write(directory: string, name: string, plan: Plan): void {
  writeFileSync(join(directory, name), encodePlan(plan));
}

/** Of what may be there any number of times, two. */
function argumentsFor(signature: string): Argument[] {
  return [...signature.replace(/(.)\*/g, "$1$1")].map((type, index) => {
    if (type === "n") return index;
    return type === "t" ? `/text/${index}` : new Uint8Array([index, 0, 255]);
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  makeCorpus(process.argv[2] ?? "corpus");
}
