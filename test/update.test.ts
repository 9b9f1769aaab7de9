import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { leftovers } from "./support/leftovers.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterEach(async () => {
  await mydocker("rm", "-f", "limited", "other");
  expect(await leftovers(sandbox)).toEqual([]);
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);
const MEBIBYTE = 2 ** 20;

async function limits(...names: string[]): Promise<unknown[]> {
  const { stdout } = await mydocker("inspect", "-f", "{{json .HostConfig}}", "limited");
  const config = JSON.parse(stdout) as Record<string, unknown>;
  return names.map((name) => config[name]);
}

/** The kernel's own word for it. */
async function inForce(controller: string, v1: string, v2: string): Promise<string> {
  const id = (await mydocker("inspect", "-f", "{{.Id}}", "limited")).stdout.trim();
  const { prefix } = sandbox.paths;
  const place = join("/sys/fs/cgroup", controller, prefix, id, v1);
  const file = existsSync(place) ? place : join("/sys/fs/cgroup", prefix, id, v2);
  return readFileSync(file, "utf8").trim();
}

describe("a container that runs", () => {
  test("has other limits at once, and when it is started again; inspect shows those in force", async () => {
    await mydocker(
      "run",
      "-d",
      "--name",
      "limited",
      "-m",
      "64m",
      "--cpus",
      "0.5",
      "-c",
      "512",
      "busybox",
      "sleep",
      "1000",
    );
    await mydocker("run", "-d", "--name", "other", "busybox", "sleep", "1000");
    expect(await limits("Memory", "NanoCpus", "CpuShares", "PidsLimit")).toEqual([64 * MEBIBYTE, 5e8, 512, null]);
    const flags = [
      "-m",
      "128m",
      "--memory-swap",
      "-1",
      "--memory-reservation",
      "32m",
      "--cpus",
      "0.25",
      "--pids-limit",
      "40",
    ];
    expect(await mydocker("update", ...flags, "limited", "other")).toEqual({
      code: 0,
      stdout: "limited\nother\n",
      stderr: "",
    });
    const shown = [
      "Memory",
      "MemorySwap",
      "MemoryReservation",
      "NanoCpus",
      "CpuQuota",
      "CpuPeriod",
      "CpuShares",
      "PidsLimit",
    ];
    const expected = [128 * MEBIBYTE, -1, 32 * MEBIBYTE, 2.5e8, 25_000, 100_000, 512, 40];
    expect(await limits(...shown)).toEqual(expected);
    expect(await inForce("memory", "memory.limit_in_bytes", "memory.max")).toBe(`${128 * MEBIBYTE}`);
    expect(await inForce("cpu", "cpu.cfs_quota_us", "cpu.max")).toMatch(/^25000\b/);
    expect(await inForce("pids", "pids.max", "pids.max")).toBe("40");

    await mydocker("kill", "limited");
    await mydocker("wait", "limited");
    await mydocker("start", "limited");
    expect(await limits(...shown)).toEqual(expected);
    expect(await inForce("memory", "memory.limit_in_bytes", "memory.max")).toBe(`${128 * MEBIBYTE}`);
    expect(await inForce("pids", "pids.max", "pids.max")).toBe("40");
  });

  test.each([
    [["-m", "1k"], 1, /Minimum memory limit/],
    [["--cpus", "many"], 1, /--cpus: expected/],
    [["--cpu-shares", "1"], 1, /cpu-shares/],
    [["--cpu-quota", "x"], 1, /--cpu-quota/],
    [["--cpuset-cpus", "4000"], 1, /not available/],
    [["--pids-limit", "-2"], 1, /--pids-limit/],
    [["--blkio-weight", "5"], 1, /--blkio-weight/],
    [["--device-read-bps", "/etc/passwd:1m"], 1, /--device-read-bps/],
    [["--device-write-iops", "1"], 1, /--device-write-iops/],
    [["--memory-swappiness", "101"], 1, /--memory-swappiness/],
    [["--hugetlb", "2MB"], 1, /--hugetlb/],
    [["--cgroup-conf", "../x=1"], 1, /cgroup-conf/],
    [["--rm"], 125, /unknown flag/],
    [[], 1, /you must provide one or more flags/],
  ])("%j: refused, and nothing has changed", async (flags, code, why) => {
    await mydocker("run", "-d", "--name", "limited", "-m", "64m", "busybox", "sleep", "1000");
    const result = await mydocker("update", ...flags, "limited");
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toMatch(why);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(await inForce("memory", "memory.limit_in_bytes", "memory.max")).toBe(`${64 * MEBIBYTE}`);
    expect((await mydocker("inspect", "-f", "{{.HostConfig.Memory}}", "limited")).stdout).toBe(`${64 * MEBIBYTE}\n`);
  });
});

test("one that was created, or has ended, is started with the new limits", async () => {
  const report = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true";
  await mydocker("create", "--name", "limited", "-m", "64m", "busybox", "sh", "-c", report);
  expect(await mydocker("update", "-m", "32m", "limited")).toEqual({ code: 0, stdout: "limited\n", stderr: "" });
  expect((await mydocker("start", "-a", "limited")).stdout).toBe(`${32 * MEBIBYTE}\n`);
  expect(await mydocker("update", "-m", "48m", "limited")).toMatchObject({ code: 0 });
  expect((await mydocker("start", "-a", "limited")).stdout).toBe(`${48 * MEBIBYTE}\n`);
  const refused = await mydocker("update", "-m", "1k", "limited");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/Minimum memory limit/);
  expect((await mydocker("start", "-a", "limited")).stdout).toBe(`${48 * MEBIBYTE}\n`);
});

test("nobody of that name, and one that cannot be started again", async () => {
  await sandbox.shell(
    "mydocker-image bundle --name limited busybox -- true | mydocker-net attach | mydocker-cgroup apply | mydocker-init run",
  );
  const result = await mydocker("update", "-m", "64m", "nobody", "limited");
  expect(result).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "mydocker update: No such container: nobody\n" +
      "mydocker update: cannot update container limited: it does not run, and cannot be started again\n",
  });
});
