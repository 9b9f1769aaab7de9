import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import {
  encodeArgument,
  encodeOperation,
  encodePlan,
  framePlan,
  type PlannedOperation,
  SANITIZED_SHIM,
} from "./encode-plan.ts";
import { runBytes } from "./run-shim.ts";

beforeAll(() => {
  buildShim("all", "sanitized");
});

const CLONE = { code: 7, phase: 0 };
const MOUNT_OPERATION = { code: 26, phase: 1 };

const WHOLE: PlannedOperation[] = [
  ["clone", 0],
  ["environment", "A=b", "C=d"],
  ["seccomp", new Uint8Array(64), 0],
  ["find-command", "true", "/bin"],
  ["execute", "true"],
];

/** What the sanitized shim makes of bytes: a clean refusal is exit code 125 and one error event. */
async function refusal(plan: Buffer): Promise<string> {
  const { code, events, stderr } = await runBytes(plan, { executable: SANITIZED_SHIM });
  expect(stderr).toBe("");
  expect(code).toBe(125);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ event: "error", exitCode: 125 });
  return events[0]?.message ?? "";
}

const malformed: [name: string, plan: Buffer, message: RegExp][] = [
  ["nothing at all", Buffer.alloc(0), /does not begin with the header/],
  ["another magic", Buffer.from("MDPLAN02\0\0\0\0\0\0\0\0"), /does not begin with the header/],
  [
    "a size that is too small",
    framePlan(1, encodeOperation(7, 0, [encodeArgument(0)]), 4),
    /size is not what its header says/,
  ],
  ["a size of 4 GiB", framePlan(1, Buffer.alloc(8), 0xffffffff), /size is not what its header says/],
  ["4 G operations", framePlan(0xffffffff, Buffer.alloc(8)), /fewer operations than/],
  [
    "an operation more than there is",
    framePlan(2, Buffer.concat([encodeOperation(7, 0, [encodeArgument(0)]), Buffer.alloc(3)])),
    /ends in the middle/,
  ],
  ["an operation less than there is", framePlan(0, encodeOperation(9, 0, [])), /left over behind its operations/],
  ["an unknown code", framePlan(1, encodeOperation(255, 0, [])), /no operation has its code/],
  ["another phase", framePlan(1, encodeOperation(CLONE.code, 1, [encodeArgument(0)])), /not in its phase/],
  [
    "a text for a number",
    framePlan(1, encodeOperation(CLONE.code, CLONE.phase, [encodeArgument("0")])),
    /not those of the operation/,
  ],
  ["an argument too few", framePlan(1, encodeOperation(CLONE.code, CLONE.phase, [])), /not those of the operation/],
  [
    "an argument too many",
    framePlan(1, encodeOperation(CLONE.code, CLONE.phase, [encodeArgument(0), encodeArgument(0)])),
    /not those of/,
  ],
  [
    "a number among texts",
    framePlan(1, encodeOperation(MOUNT_OPERATION.code, 1, ["a", "b", "c", 0, "d", 1].map(encodeArgument))),
    /not those of the operation/,
  ],
  [
    "an unknown type",
    framePlan(1, encodeOperation(CLONE.code, 0, [Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 0])])),
    /no known type/,
  ],
  ["a NUL inside a text", framePlan(1, encodeOperation(4, 0, [encodeArgument("/sys\0/fs")])), /NUL byte inside/],
  [
    "a text longer than its operation",
    framePlan(1, encodeOperation(4, 0, [Buffer.from([2, 255, 255, 255, 255, 65])])),
    /longer than the operation/,
  ],
  [
    "bytes behind the arguments",
    framePlan(1, encodeOperation(CLONE.code, 0, [Buffer.concat([encodeArgument(0), Buffer.alloc(2)])])),
    /left over behind its arguments/,
  ],
  ["no clone", encodePlan(WHOLE.slice(1)), /needs one clone/],
  ["two clones", encodePlan([["clone", 0], ...WHOLE]), /needs one clone/],
  ["no command", encodePlan(WHOLE.slice(0, -1)), /does not end in execute/],
  ["operations of a filter", encodePlan([...WHOLE, ["filter", 0, 0]]), /compiles a filter/],
  ["17 MiB", Buffer.alloc(17 * 1024 * 1024), /larger than 16 MiB/],
];

test.each(malformed)("a plan with %s is refused before anything is done", async (_name, plan, message) => {
  expect(await refusal(plan)).toMatch(message);
});

test("a plan cut off anywhere is refused", async () => {
  const plan = encodePlan(WHOLE);
  for (let length = 0; length < plan.length; length += 7) {
    const cut = Buffer.from(plan.subarray(0, length));
    await refusal(cut);
    // And with a header that knows of the cut, so that the operations themselves are what is cut.
    if (length > 16) {
      cut.writeUInt32LE(length - 16, 12);
      await refusal(cut);
    }
  }
});

test("a plan with any byte of its frames changed never makes the shim read out of bounds", async () => {
  const plan = encodePlan(WHOLE.slice(1)); // without a clone nothing is ever run
  for (let at = 0; at < plan.length; at += 5) {
    const changed = Buffer.from(plan);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    await refusal(changed);
  }
});

test("a role, a flag or a descriptor that is none is refused with one line and the usage", () => {
  const cases = [
    [],
    ["runn"],
    ["run", "--plan-fd"],
    ["run", "--plan-fd", "1x"],
    ["run", "--plan-fd", "-1"],
    ["run", "--plan-fd", "99"],
  ];
  for (const args of [
    ...cases,
    ["run"],
    ["enter", "--plan-file", "/no/such"],
    ["enter", "--control-fd", "3"],
    ["seccomp"],
  ]) {
    const { status, stderr } = spawnSync(SANITIZED_SHIM, args, { encoding: "utf8" });
    expect([args, status]).toEqual([args, 125]);
    expect(stderr).toMatch(/^mydocker-shim: .+\nusage: /);
  }
});
