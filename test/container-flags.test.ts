import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { leftovers } from "./support/leftovers.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const run = (...args: string[]) => sandbox.tool("mydocker", ["run", "--rm", ...args]);

describe("--device", () => {
  /** Opening it does nothing, and no container may by itself. */
  const FUSE = ["c", "10", "229"];

  test("is there with the host's numbers and mode, and may be opened as far as was allowed", async () => {
    const node = join(sandbox.directory, "fuse");
    await sandbox.shell(`mknod -m 640 ${node} ${FUSE.join(" ")}`);
    const script = "ls -l /dev/opened; : </dev/opened && echo read; : >/dev/opened && echo written";
    const tried = (device: string) => run("--device", `${node}:/dev/opened${device}`, "busybox", "sh", "-c", script);
    expect((await tried("")).stdout).toMatch(/^crw-r----- +1 root +root +10, 229 .*\/dev\/opened\nread\nwritten\n$/);
    const readOnly = await tried(":r");
    expect(readOnly.stdout).toMatch(/\/dev\/opened\nread\n$/);
    expect(readOnly.stderr).toMatch(/Operation not permitted/);
    // The control: a node of its own making is of no use to it.
    const made = `mknod /dev/opened ${FUSE.join(" ")}; ${script}`;
    const none = await run("busybox", "sh", "-c", made);
    expect(none.stdout).toMatch(/^crw.*\/dev\/opened\n$/);
    expect(none.stderr).toMatch(/Operation not permitted/);
  });

  test("a link of the host's leads to its device, and a directory to all in it", async () => {
    const link = join(sandbox.directory, "link");
    symlinkSync("/dev/zero", link);
    const linked = await run("--device", `${link}:/dev/a`, "busybox", "ls", "-l", "/dev/a");
    expect(linked.stdout).toMatch(/1, +5/);
    const directory = join(sandbox.directory, "nodes");
    await sandbox.shell(
      `mkdir -p ${directory}/below; mknod ${directory}/one c 1 3; mknod ${directory}/below/two c 1 5`,
    );
    const all = await run("--device", `${directory}:/dev/all`, "busybox", "sh", "-c", "cd /dev/all; ls one below/two");
    expect(all.stdout).toBe("below/two\none\n");
  });

  test("a link in the image leads nowhere but into the container", async () => {
    const { stdout } = await sandbox.tool("mydocker", ["run", "-d", "busybox", "ln", "-s", "/../../dev", "/outside"]);
    const id = stdout.trim();
    await sandbox.tool("mydocker", ["wait", id]);
    await sandbox.tool("mydocker", ["commit", id, "hostile:1"]);
    const made = await run("--device", "/dev/zero:/outside/mydocker-test", "hostile:1", "ls", "/dev/mydocker-test");
    expect(made).toMatchObject({ code: 0, stdout: "/dev/mydocker-test\n" });
    expect((await sandbox.shell("ls /dev/mydocker-test")).code).not.toBe(0);
    await sandbox.tool("mydocker", ["rm", id]);
    await sandbox.tool("mydocker", ["rmi", "hostile:1"]);
  });

  test.each([
    [["--device", "/dev/no-such-device"], /--device \/dev\/no-such-device: ENOENT/],
    [["--device", "/etc/passwd"], /not a device node/],
    [["--device", "/proc/self/fdinfo"], /there is no device in this directory/],
    [["--device", "dev/null"], /not an absolute path/],
    [["--device", "/dev/null:/dev/x:q"], /bad mode/],
    [["--device", "/dev/null:/dev/x", "--device", "/dev/zero:/dev/x"], /already the place of another device/],
  ])("%j is refused", async (flags, why) => {
    const result = await run(...flags, "busybox", "true");
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toMatch(why);
  });
});

describe("limits of processes", () => {
  test("--ulimit, --oom-score-adj and --shm-size are what the process has", async () => {
    const flags = ["--ulimit", "nofile=100:200", "--ulimit", "core=0", "--oom-score-adj", "300", "--shm-size", "8m"];
    const script = "ulimit -Sn; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj; df -k /dev/shm | tail -n 1";
    const { stdout, stderr } = await run(...flags, "busybox", "sh", "-c", script);
    expect(stdout).toMatch(/^100\n200\n0\n300\nshm +8192 /);
    expect(stderr).toBe("");
  });

  test("what cannot be granted is said, and no reason to fail", async () => {
    const { stdout } = await sandbox.shell(
      "grep CapEff /proc/self/status | cut -f2; ulimit -Hn; cat /proc/sys/fs/nr_open",
    );
    const [effective = "0", own = "", most = ""] = stdout.trim().split("\n");
    const wanted = Number(own) + 1;
    const result = await run("--ulimit", `nofile=${wanted}`, "busybox", "sh", "-c", "ulimit -n");
    if (((BigInt(`0x${effective}`) >> 24n) & 1n) === 1n) {
      expect(result).toMatchObject(
        wanted <= Number(most) ? { code: 0, stdout: `${wanted}\n`, stderr: "" } : { code: 125 },
      );
      return;
    }
    expect(result).toMatchObject({ code: 0, stdout: `${own}\n` });
    expect(result.stderr).toMatch(/^mydocker-image bundle: warning: --ulimit nofile: .*CAP_SYS_RESOURCE\n$/);
  });

  test.each([
    [["--ulimit", "nofile"], /expected a name/],
    [["--ulimit", "files=1"], /invalid ulimit type/],
    [["--oom-score-adj", "2000"], /range for oom score adj/],
    [["--shm-size", "much"], /--shm-size: expected a size/],
  ])("%j is refused", async (flags, why) => {
    const result = await run(...flags, "busybox", "true");
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toMatch(why);
    expect(await leftovers(sandbox)).toEqual([]);
  });
});

describe("limits", () => {
  test("are docker's by name, and those of the tool that sets them", async () => {
    const names = async (tool: string, verb: string): Promise<string[]> => {
      const { stdout } = await sandbox.tool(tool, [verb, "--help"]);
      return [...stdout.matchAll(/^ +(?:-\w, )?--([\w-]+)/gm)].map(([, name = ""]) => name);
    };
    const [apply, change, run, update] = [
      await names("mydocker-cgroup", "apply"),
      await names("mydocker-cgroup", "update"),
      await names("mydocker", "run"),
      await names("mydocker", "update"),
    ];
    const own = ["config", "dry-run"];
    expect(apply).toContain("blkio-weight-device");
    expect(apply.filter((name) => !own.includes(name) && !run.includes(name))).toEqual([]);
    expect([...update].sort()).toEqual([...change].sort());
  });

  test("reach the container's cgroup", async () => {
    const flags = [
      "-c",
      "512",
      "--cpu-period",
      "50000",
      "--cpu-quota",
      "20000",
      "--memory-reservation",
      "32m",
      "-m",
      "64m",
    ];
    const { stdout } = await run(...flags, "--cpuset-cpus", "0", "--name", "limited", "-d", "busybox", "sleep", "1000");
    const id = stdout.trim();
    const shown = (await sandbox.tool("mydocker-cgroup", ["show", id])).stdout;
    for (const pattern of [
      /(cpu\.shares.* 512 |cpu\.weight.* 20 )/,
      /(cpu\.cfs_quota_us.* 20000 |cpu\.max.* 20000 50000)/,
      /(memory\.soft_limit_in_bytes|memory\.low).* 33554432 /,
      /cpuset\.cpus.* 0 /,
    ]) {
      expect(shown).toMatch(pattern);
    }
    await sandbox.tool("mydocker", ["rm", "-f", id]);
  });

  test.each([
    [["--cpu-quota", "20000", "--cpus", "1"], /cpu/],
    [["--device-cgroup-rule", "x"], /--device-cgroup-rule/],
    [["--memory-reservation", "1g", "-m", "64m"], /memory/],
    [["--oom-kill-disable=maybe"], /expected true or false/],
    [["--cpu-idle", "2"], /--cpu-idle/],
    [["--rdma", "x"], /--rdma/],
  ])("%j is refused", async (flags, why) => {
    const result = await run(...flags, "busybox", "true");
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toMatch(why);
    expect(await leftovers(sandbox)).toEqual([]);
  });
});
