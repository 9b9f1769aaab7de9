import type { ChildProcess } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import type { PlannedOperation } from "./encode-plan.ts";
import { DEFAULT_CAPABILITIES, makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";
import { runPlan, type ShimOptions, type ShimResult } from "./run-shim.ts";

// mount, uts, ipc, pid, network
const NAMESPACES = 0x20000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000;

let rootfs: Rootfs;
let shim: ChildProcess;
let pid = 0;
let ended: Promise<ShimResult>;

beforeAll(async () => {
  buildShim();
  rootfs = makeRootfs();
  symlinkSync("/proc/1/root/../../../../etc/hostname", join(rootfs.lower, "etc/outside"));
  const command = ["sh", "-c", "echo up; while :; do sleep 0.1; done"];
  const plan = planContainer(rootfs, { command, after: [["hostname", "box"]] });
  await new Promise<void>((resolve) => {
    ended = runPlan(plan, {
      onEvent: (event) => {
        pid = event.pid ?? pid;
      },
      onOutput: (_stdout, child) => {
        const poll = setInterval(() => {
          if (pid === 0) return;
          clearInterval(poll);
          shim = child;
          resolve();
        }, 5);
      },
    });
  });
});
afterAll(async () => {
  shim.kill("SIGKILL");
  await ended;
  rootfs.remove();
});

function startTime(): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19]);
}

function enter(
  command: string[],
  more: PlannedOperation[] = [],
  options: ShimOptions & { host?: PlannedOperation[]; start?: number } = {},
) {
  const plan: PlannedOperation[] = [
    ...(options.host ?? []),
    ["join-process", pid, options.start ?? startTime(), NAMESPACES],
    ["clone", 0],
    ...more,
    ["environment", "PATH=/bin"],
    ["find-command", command[0] ?? "", "/bin"],
    ["execute", ...command],
  ];
  return runPlan(plan, { role: "enter", ...options });
}

test("a process that enters is in the container, and its exit code comes out", async () => {
  const { stdout, code, error } = await enter(["sh", "-c", "hostname; ls /proc/1/root/etc/..; cat; exit 4"], [], {
    input: "typed",
  });
  expect(error).toBeUndefined();
  expect(stdout).toMatch(/^box\nbin\n.*typed$/s);
  expect(code).toBe(4);
});

test("a command that is not there is 127, one that cannot be executed 126", async () => {
  const missing = await enter(["nonesuch"]);
  expect([missing.code, missing.error?.message]).toEqual([127, 'exec: "nonesuch": executable file not found in $PATH']);
  expect((await enter(["/tmp"])).code).toBe(126);
});

test("a command that fails before the parent has heard of its process is reported like any other, each of 100 times", async () => {
  const codes = new Map<string, number>();
  for (let round = 0; round < 100; round += 1) {
    const { code, error } = await enter(["nonesuch"]);
    const key = `${code} ${error?.message}`;
    codes.set(key, (codes.get(key) ?? 0) + 1);
  }
  expect([...codes]).toEqual([['127 exec: "nonesuch": executable file not found in $PATH', 100]]);
});

test("its capabilities and its user are its own, nothing is inheritable", async () => {
  const { stdout } = await enter(
    ["sh", "-c", "id -u; grep -E 'Cap(Inh|Bnd)' /proc/self/status"],
    [
      ["bounding", DEFAULT_CAPABILITIES],
      ["user", 5, 5],
      ["capabilities", 0, 0, 0, 0],
    ],
  );
  expect(stdout).toBe("5\nCapInh:\t0000000000000000\nCapBnd:\t00000000a80425fb\n");
});

test("a process id that is another process's by now is refused", async () => {
  const { code, error } = await enter(["true"], [], { start: startTime() + 1 });
  expect(code).toBe(125);
  expect(error).toMatchObject({ operation: "join-process", name: "ESRCH" });
});

test("a process in the background is left to itself once it runs", async () => {
  const begun = Date.now();
  const { code } = await enter(["sh", "-c", "exec >/dev/null 2>&1 </dev/null; sleep 5; exit 9"], [], {
    host: [["background"]],
  });
  expect(code).toBe(0);
  expect(Date.now() - begun).toBeLessThan(4000);
  expect((await enter(["nonesuch"], [], { host: [["background"]] })).code).toBe(127);
});

test("a working directory outside of the container is refused, however it is reached", async () => {
  for (let fd = 3; fd <= 12; fd++) {
    const { code, stdout, error } = await enter(["ls", ".."], [["directory", `/proc/self/fd/${fd}`]]);
    // What is open there may be no directory; what is one must be the container's own.
    if (error === undefined) expect(stdout).not.toContain("work");
    else expect([error.operation, code]).toEqual(["directory", 125]);
  }
});

test("a file of the container can be read, up to a limit, and never one of the host", async () => {
  const show = (path: string, limit: number) =>
    runPlan(
      [
        ["join-process", pid, startTime(), NAMESPACES],
        ["clone", 0],
        ["show-file", path, limit],
      ],
      { role: "enter" },
    );
  expect((await show("/proc/1/comm", 100)).stdout).toBe("sh\n");
  expect((await show("/proc/1/comm", 2)).stdout).toBe("sh");
  expect((await show("/etc/outside", 100)).error).toMatchObject({ operation: "show-file", name: "ELOOP" });
  expect((await show("/dev/zero", 100)).error?.message).toContain("not a regular file");
  expect((await show("/dev/null/x", 100)).error?.name).toBe("ENOTDIR");
});

test("a terminal is one of the container's, with its size", async () => {
  const { stdout, error } = await enter(
    ["sh", "-c", "tty; stty size; ps -o tty= | grep -c pts"],
    [["terminal", 0, 33, 101]],
  );
  expect(error).toBeUndefined();
  expect(stdout).toMatch(/^\/dev\/pts\/\d+\r\n33 101\r\n/);
});
