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
import { defaultFileSystems, makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";
import { runPlan } from "./run-shim.ts";

// Images that are made to reach the host. The canary is a directory of the host that nothing may appear in.
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
const DEVPTS: PlannedOperation = ["mount", "devpts", "devpts", "/dev/pts", 10, "newinstance", "ptmxmode=0666"];

test("a link in the image leads inside the image, whatever is made through it (CVE-2019-18837)", async () => {
  symlinkSync(join(canary, "file"), join(rootfs.lower, "etc/resolv.conf"));
  symlinkSync(`../../../../../..${canary}`, join(rootfs.lower, "up"));
  symlinkSync(canary, join(rootfs.lower, "abs"));
  const source = join(rootfs.directory, "source");
  writeFileSync(source, "bound\n");
  const { stdout, error } = await run(
    [
      ["bind", source, "/etc/resolv.conf", 0, 0, 0, 0],
      ["bind", source, "/up/a/b", 0, 0, 0, 0],
      ["make-directory", "/abs/made/deep", 0o700],
      ["symbolic-link", "/x", "/abs/link"],
      ["device", "/up/null", 0o020000, 0o666, 1, 3, 0, 0],
    ],
    ["sh", "-c", `cat /etc/resolv.conf /up/a/b; cd ${canary} && ls`],
  );
  expect(error).toBeUndefined();
  expect(stdout).toBe("bound\nbound\na\nfile\nlink\nmade\nnull\n");
});

test("a target with .. stays below the root", async () => {
  const { error } = await run([["make-directory", `/a/../../../../../../..${canary}/x`, 0o755]]);
  expect(error).toBeUndefined();
});

test("a link that never ends is refused", async () => {
  symlinkSync("loop/x", join(rootfs.lower, "loop"));
  expect((await run([["make-directory", "/loop/y", 0o755]])).error?.name).toBe("ELOOP");
});

test.each(["proc", "sys"])("a /%s that is a link is refused (CVE-2019-19921)", async (name) => {
  symlinkSync("tmp", join(rootfs.lower, name));
  const type = name === "sys" ? "sysfs" : "proc";
  const { code, error } = await run([["mount", type, type, `/${name}`, 14]]);
  expect(code).toBe(125);
  expect(error?.message).toContain("must be a real directory");
});

test("a /dev that is a link makes no devices elsewhere (2026-41579)", async () => {
  symlinkSync(canary, join(rootfs.lower, "dev"));
  await run([["device", "/dev/null", 0o020000, 0o666, 1, 3, 0, 0]]);
});

test("a console that is a link is not bound over (2026-88264)", async () => {
  mkdirSync(join(rootfs.lower, "dev/pts"), { recursive: true });
  writeFileSync(join(rootfs.directory, "victim"), "");
  symlinkSync(join(rootfs.directory, "victim"), join(rootfs.lower, "dev/console"));
  const { error } = await run([DEVPTS], ["true"], [["terminal", 1, 24, 80]]);
  expect(error).toMatchObject({ operation: "terminal", name: "ELOOP" });
});

test("a terminal is not opened but in a devpts (CVE-2025-52565)", async () => {
  mkdirSync(join(rootfs.lower, "dev/pts"), { recursive: true });
  symlinkSync("/proc/self/fd/0", join(rootfs.lower, "dev/pts/ptmx"));
  const { error } = await run([PROC], ["true"], [["terminal", 1, 24, 80]]);
  expect(error?.message).toContain("not a devpts");
});

test("a console is the terminal's own device", async () => {
  const { stdout, error } = await run(
    defaultFileSystems(),
    ["sh", "-c", "stat -c %t:%T /dev/console; stat -c %t:%T $(tty)"],
    [["terminal", 1, 24, 80]],
  );
  expect(error).toBeUndefined();
  const [console, tty] = stdout.trim().split("\r\n");
  expect(console).toMatch(/^88:/);
  expect(console).toBe(tty);
});

test("a mask is the host's null device, not the image's (CVE-2025-31133)", async () => {
  mkdirSync(join(rootfs.lower, "dev"));
  symlinkSync("/proc/sysrq-trigger", join(rootfs.lower, "dev/null"));
  const { stdout } = await run([PROC, ["mask", "/proc/interrupts"]], ["sh", "-c", "stat -c %t:%T /proc/interrupts"]);
  expect(stdout).toBe("1:3\n");
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

test("a working directory that is a leaked descriptor is refused (CVE-2024-21626)", async () => {
  for (let fd = 3; fd <= 20; fd++) {
    const { error, stdout } = await run([PROC], ["ls", ".."], [["directory", `/proc/self/fd/${fd}`]]);
    if (error === undefined) expect(stdout).not.toContain("lower");
    else expect(error.operation).toBe("directory");
  }
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
