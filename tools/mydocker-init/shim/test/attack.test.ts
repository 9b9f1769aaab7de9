import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { type PlannedOperation, SHIM } from "./encode-plan.ts";
import { makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";
import { runPlan } from "./run-shim.ts";

// Images that are made to reach the host: what test/attacks does not try through mydocker-init. The canary is a directory of the host that nothing may appear in.
let rootfs: Rootfs;
let canary: string;

beforeAll(() => {
  buildShim();
});
beforeEach(() => {
  rootfs = makeRootfs();
  canary = join(rootfs.directory, "canary");
  mkdirSync(canary);
});
afterEach(() => {
  expect(readdirSync(canary)).toEqual([]);
  rootfs.remove();
});

const run = (before: PlannedOperation[], command = ["true"], after: PlannedOperation[] = []) =>
  runPlan(planContainer(rootfs, { before, command, after }));

const PROC: PlannedOperation = ["mount", "proc", "proc", "/proc", 14];

test("a target with .. stays below the root", async () => {
  const { error } = await run([["make-directory", `/a/../../../../../../..${canary}/x`, 0o755]]);
  expect(error).toBeUndefined();
});

test("a link that never ends is refused", async () => {
  symlinkSync("loop/x", join(rootfs.lower, "loop"));
  expect((await run([["make-directory", "/loop/y", 0o755]])).error?.name).toBe("ELOOP");
});

test("a sysctl is set although /proc is not what it seems, and cannot leave /proc/sys (CVE-2025-52881)", async () => {
  mkdirSync(join(rootfs.lower, "proc/sys/net/ipv4"), { recursive: true });
  symlinkSync(join(canary, "x"), join(rootfs.lower, "proc/sys/net/ipv4/ip_default_ttl"));
  const set: PlannedOperation = ["sysctl", "net/ipv4/ip_default_ttl", "77"];
  const { stdout, error } = await run(
    [],
    ["sh", "-c", "mount -t proc proc /tmp && cat /tmp/sys/net/ipv4/ip_default_ttl"],
    [set],
  );
  expect(error).toBeUndefined();
  expect(stdout).toBe("77\n");
  expect((await run([], ["true"], [["sysctl", "../../etc/x", "1"]])).error?.operation).toBe("sysctl");
  expect((await run([], ["true"], [["sysctl", "../sysrq-trigger", "h"]])).code).toBe(125);
});

test("the shim's file cannot be reached through /proc (CVE-2019-5736)", async () => {
  const before = createHash("sha256").update(readFileSync(SHIM)).digest("hex");
  writeFileSync(join(rootfs.lower, "bin/self"), "#!/proc/self/exe\n", { mode: 0o755 });
  const { code } = await run([PROC], ["/bin/self"]);
  expect(code).not.toBe(0);
  expect(createHash("sha256").update(readFileSync(SHIM)).digest("hex")).toBe(before);
  // What waits for its start is the process that a container could look at.
  const fifo = join(rootfs.directory, "fifo");
  const plan = planContainer(rootfs, { host: [["start-fifo", fifo]], wait: true, command: ["true"], before: [PROC] });
  const { events } = await runPlan(plan, { role: "create" });
  const pid = events[0]?.pid ?? 0;
  const link = execFileSync("readlink", [`/proc/${pid}/exe`], { encoding: "utf8" });
  process.kill(pid, "SIGKILL");
  expect(link).toMatch(/^\/memfd:mydocker-shim \(deleted\)/);
});

test("what is made where the image has something else is an error, and the something stays", async () => {
  mkdirSync(join(rootfs.lower, "dev"));
  writeFileSync(join(rootfs.lower, "dev/null"), "a file");
  const { error } = await run([["device", "/dev/null", 0o020000, 0o666, 1, 3, 0, 0]]);
  expect(error).toMatchObject({ operation: "device", name: "EEXIST" });
  expect(lstatSync(join(rootfs.lower, "dev/null")).isFile()).toBe(true);
  rmSync(join(rootfs.lower, "dev"), { recursive: true });
  expect(existsSync(rootfs.lower)).toBe(true);
});
