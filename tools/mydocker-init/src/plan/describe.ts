import { writeAll } from "@mydocker/stage";
import { type Argument, OPERATIONS, type Operation, type Phase, type Plan } from "./operations.ts";

const TITLES: Record<Phase, string> = {
  host: "on the host, before the container's process exists",
  container: "in the container's process",
  started: "when the command has been executed",
  teardown: "when the container has ended",
  compile: "seccomp rules",
  failure: "when the container could not be made",
};

/** Writes a plan to stdout; returns the exit code. */
export function printPlan(plan: Plan, asJson = false): number {
  writeAll(asJson ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : describePlan(plan));
  return 0;
}

/** A plan as a person reads it: one operation a line, under a heading for each phase. */
export function describePlan(plan: Plan): string {
  const lines: string[] = [];
  let phase: Phase | undefined;
  for (const entry of plan) {
    const next = OPERATIONS[entry.name].phase;
    if (next !== phase) lines.push(`# ${TITLES[next]}`);
    phase = next;
    lines.push(`  ${describeOperation(entry)}`);
  }
  return `${lines.join("\n")}\n`;
}

function describeOperation({ name, args }: Operation): string {
  return [name, ...args.map((argument) => describeArgument(name, argument))].join(" ");
}

const OCTAL = new Set(["make-directory", "umask"]);

function describeArgument(name: string, argument: Argument): string {
  if (typeof argument === "string") return describeText(argument);
  if (argument instanceof Uint8Array) return `(${argument.length} bytes)`;
  if (OCTAL.has(name)) return `0${argument.toString(8)}`;
  return argument > 0xffff ? `0x${argument.toString(16)}` : String(argument);
}

/** Paths stay whole; the JSON of records and hooks is for `--json`. */
function describeText(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return text.length > 120 ? `${JSON.stringify(text.slice(0, 40))}… (${text.length} characters)` : JSON.stringify(text);
}

/** For programs: an array of `{phase, operation, arguments}`; numbers as decimal strings, bytes in base64. */
export function planAsJson(plan: Plan): unknown[] {
  return plan.map(({ name, args }) => ({
    phase: OPERATIONS[name].phase,
    operation: name,
    arguments: args.map((argument) => {
      if (typeof argument === "string") return argument;
      return argument instanceof Uint8Array ? Buffer.from(argument).toString("base64") : argument.toString();
    }),
  }));
}
