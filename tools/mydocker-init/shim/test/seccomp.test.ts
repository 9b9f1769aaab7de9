import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { encodePlan, type PlannedOperation, SECCOMP } from "./encode-plan.ts";
import { DEFAULT_CAPABILITIES, makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";
import { runPlan } from "./run-shim.ts";

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EPERM = 1;
const EQUAL = 4;

let rootfs: Rootfs;

beforeAll(() => {
  buildShim();
  rootfs = makeRootfs();
});
afterAll(() => rootfs.remove());

function compile(operations: PlannedOperation[]) {
  const plan = join(rootfs.directory, "filter");
  writeFileSync(plan, encodePlan(operations));
  return spawnSync("bash", ["-c", `exec ${SECCOMP} seccomp --plan-fd 3 3<${plan}`]);
}

test("a filter is compiled, and does to a container's system calls what it says", async () => {
  const { stdout: filter, status } = compile([
    ["filter", ALLOW, 0],
    ["architecture", "x86_64"],
    ["architecture", "x86"],
    ["rule", ERRNO | 38, "mkdir"],
    ["rule", ERRNO | EPERM, "chmod"],
    ["rule", ERRNO | EPERM, "fchmodat"],
    ["rule", ERRNO | 13, "kill", 1, EQUAL, 10, 0],
    ["rule", ERRNO | EPERM, "a_call_of_the_year_3000"],
  ]);
  expect(status).toBe(0);
  expect(filter.length % 8).toBe(0);
  const { stdout, stderr } = await runPlan(
    planContainer(rootfs, {
      command: [
        "sh",
        "-c",
        "mkdir /tmp/x; chmod 700 /tmp; kill -10 1; kill -0 1 && echo alive; grep Seccomp: /proc/self/status",
      ],
      after: [
        ["bounding", DEFAULT_CAPABILITIES],
        ["user", 0, 0],
        ["seccomp", filter, 0],
        ["capabilities", DEFAULT_CAPABILITIES, DEFAULT_CAPABILITIES, 0, 0],
      ],
    }),
  );
  expect(stderr).toMatch(/mkdir: .*Function not implemented/);
  expect(stderr).toMatch(/chmod: .*Operation not permitted/);
  expect(stderr).toMatch(/can't kill pid 1: Permission denied/);
  expect(stdout).toBe("alive\nSeccomp:\t2\n");
});

test("a filter that refuses by default says ENOSYS of calls newer than itself", () => {
  const { stdout } = compile([
    ["filter", ERRNO | EPERM, 0],
    ["rule", ALLOW, "read"],
  ]);
  const instructions = Array.from({ length: stdout.length / 8 }, (_, i) => stdout.readUInt32LE(i * 8 + 4));
  expect(instructions.slice(0, 6)).toContain(ERRNO | 38);
});

test("a filter needs the privilege or no_new_privs, and then holds", async () => {
  const { stdout: filter } = compile([
    ["filter", ALLOW, 0],
    ["rule", ERRNO | EPERM, "mkdir"],
  ]);
  const none: PlannedOperation = ["capabilities", 0, 0, 0, 0];
  const after = (...between: PlannedOperation[]) => [none, ...between, ["seccomp", filter, 0] as PlannedOperation];
  const command = ["sh", "-c", "grep NoNewPrivs /proc/self/status"];
  const refused = await runPlan(planContainer(rootfs, { command, after: after() }));
  expect(refused.error).toMatchObject({ operation: "seccomp", name: "EACCES" });
  expect(refused.error?.hint).toContain("no_new_privs");
  const held = await runPlan(planContainer(rootfs, { command, after: after(["no-new-privileges"]) }));
  expect([held.code, held.stdout]).toEqual([0, "NoNewPrivs:\t1\n"]);
});

test.each<[name: string, operations: PlannedOperation[], message: RegExp]>([
  ["without a beginning", [["rule", ALLOW, "read"]], /begins with filter/],
  [
    "of an unknown architecture",
    [
      ["filter", ALLOW, 0],
      ["architecture", "pdp11"],
    ],
    /pdp11: unknown to libseccomp/,
  ],
  [
    "with half a condition",
    [
      ["filter", ALLOW, 0],
      ["rule", ERRNO, "kill", 1, EQUAL, 10],
    ],
    /a condition is four numbers/,
  ],
  [
    "with a seventh argument",
    [
      ["filter", ALLOW, 0],
      ["rule", ERRNO, "kill", 6, EQUAL, 10, 0],
    ],
    /add the rule for kill/,
  ],
])("a filter %s is refused with one line", (_name, operations, message) => {
  const { status, stdout, stderr } = compile(operations);
  expect([status, stdout.length]).toEqual([125, 0]);
  expect(stderr.toString()).toMatch(message);
  expect(stderr.toString().trimEnd()).not.toContain("\n");
});
