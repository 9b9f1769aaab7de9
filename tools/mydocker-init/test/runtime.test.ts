import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { type BundleRunner, bundleRunner, makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let sandbox: Sandbox;
let run: BundleRunner;

beforeAll(() => {
  sandbox = makeSandbox();
  run = bundleRunner(sandbox);
});

afterAll(() => sandbox.cleanUp());

describe("mydocker-init run", () => {
  it("runs the command as PID 1 with its own hostname, processes and interfaces", async () => {
    const { stdout, stderr, code } = await run([
      "sh",
      "-c",
      "echo $$; hostname; ls /proc | grep -c '^[0-9]'; ip -o link | wc -l",
    ]);
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(0, 2)).toEqual(["1", "box"]);
    expect(Number(stdout.split("\n")[2])).toBeLessThanOrEqual(4);
    expect(code).toBe(0);
  });

  it("shows no mount of the host", async () => {
    const { stdout } = await run(["cat", "/proc/self/mountinfo"]);
    const points = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[4]);
    expect(points).toContain("/proc");
    expect(points.filter((point) => point?.startsWith(sandbox.directory) === true)).toEqual([]);
    expect(stdout).not.toContain("/var/lib");
  });

  it.each([
    [["sh", "-c", "exit 3"], 3],
    [["sh", "-c", "kill -9 $$; kill -KILL 1; exit 9"], 9],
    [["sh", "-c", "true"], 0],
  ])("ends with the command's exit code: %j", async (args, code) => {
    expect((await run(args)).code).toBe(code);
  });

  it("tells a missing command (127) from one that cannot be run (126), in one line", async () => {
    const missing = await run(["no-such-command"]);
    expect(missing.code).toBe(127);
    expect(missing.stderr).toMatch(
      /^mydocker-init run: exec: "no-such-command": executable file not found in \$PATH[^\n]*\n$/,
    );
    const directory = await run(["/tmp"]);
    expect(directory.code).toBe(126);
    expect(directory.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("passes stdin through, with its end", async () => {
    const { stdout } = await run(["cat"], undefined, { input: "one\ntwo" });
    expect(stdout).toBe("one\ntwo");
  });

  it("passes 20 MB of output whole", async () => {
    const { stdout } = await run(["head", "-c", "20000000", "/dev/zero"]);
    expect(stdout.length).toBe(20_000_000);
  });

  it("sets user, groups, umask, environment and directory", async () => {
    const { stdout } = await run(["sh", "-c", "id; umask; pwd; echo $A"], (config) => {
      if (config.process === undefined) return;
      config.process.user = { uid: 33, gid: 33, additionalGids: [4, 50], umask: 0o77 };
      config.process.cwd = "/made/for/it";
      config.process.env = ["PATH=/bin", "A=b c"];
    });
    expect(stdout).toBe(
      "uid=33(web) gid=33(web) groups=4(log),50\n0077\n/made/for/it\nb c\n".replace("groups=", "groups="),
    );
  });

  it("carries an environment larger than 64 KiB, and values with newlines", async () => {
    const value = `first\n${"x".repeat(100_000)}`;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    const { stdout } = await run(["sh", "-c", 'echo "${#BIG}"'], (config) => {
      config.process?.env?.push(`BIG=${value}`);
    });
    expect(stdout).toBe(`${value.length}\n`);
  });

  it("drops capabilities from every set, the inheritable one too (CVE-2022-29162)", async () => {
    const { stdout } = await run(["sh", "-c", "cat /proc/self/status"], (config) => {
      if (config.process === undefined) return;
      config.process.capabilities = { bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"] };
    });
    const sets = Object.fromEntries(
      [...stdout.matchAll(/^(Cap\w+):\s+(\w+)$/gm)].map(([, name, mask]) => [name, mask]),
    );
    expect(sets).toEqual({
      CapInh: "0000000000000000",
      CapPrm: "0000000000000001",
      CapEff: "0000000000000001",
      CapBnd: "0000000000000001",
      CapAmb: "0000000000000000",
    });
  });

  it("warns of a capability that cannot be granted, and runs", async () => {
    const { stdout, stderr, code } = await run(["echo", "ran"], (config) => {
      config.process?.capabilities?.bounding?.push("CAP_SYS_RESOURCE");
      config.process?.capabilities?.permitted?.push("CAP_SYS_RESOURCE");
    });
    expect({ stdout, code }).toEqual({ stdout: "ran\n", code: 0 });
    const granted = BigInt(`0x${/CapBnd:\s+(\w+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`) & (1n << 24n);
    if (granted === 0n) expect(stderr).toContain("warning");
  });

  it("sets limits, no_new_privs and a seccomp filter", async () => {
    const { stdout } = await run(["sh", "-c", "ulimit -n; cat /proc/self/status; hostname other"], (config) => {
      if (config.process === undefined) return;
      config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 77, hard: 78 }];
      config.process.noNewPrivileges = true;
      config.linux = {
        ...config.linux,
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
        },
      };
    });
    expect(stdout).toMatch(/^77\n/);
    expect(stdout).toMatch(/NoNewPrivs:\s+1/);
    expect(stdout).toMatch(/Seccomp:\s+2/);
  });

  it("masks paths and makes others read-only", async () => {
    const { stdout } = await run([
      "sh",
      "-c",
      "head -c 1 /proc/kcore | wc -c; echo x >/proc/sys/kernel/hostname; ls /sys/firmware | wc -l",
    ]);
    expect(stdout).toBe("0\n0\n");
  });

  it("binds a directory read-write and read-only, and makes the targets", async () => {
    const host = join(sandbox.directory, "shared");
    mkdirSync(host);
    writeFileSync(join(host, "file"), "from the host");
    const { stdout, stderr } = await run(
      ["sh", "-c", "cat /new/rw/file; touch /new/rw/made; touch /new/ro/no"],
      (config) => {
        config.mounts?.push(
          { destination: "/new/rw", source: host, options: ["rbind"] },
          { destination: "/new/ro", source: host, options: ["rbind", "ro"] },
        );
      },
    );
    expect(stdout).toBe("from the host");
    expect(stderr).toContain("Read-only file system");
    expect(readdirSync(host).sort()).toEqual(["file", "made"]);
  });

  it("makes the root read-only when told", async () => {
    const { stderr } = await run(["touch", "/x"], (config) => {
      config.root = { path: "rootfs", readonly: true };
    });
    expect(stderr).toContain("Read-only file system");
  });

  it("refuses to run in a chroot, from which the host's root would stay above the container's", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "chrooted"), ["true"]);
    const root = join(sandbox.directory, "chroot");
    mkdirSync(root);
    const { code, stderr } = await sandbox.shell(
      `unshare -m sh -c 'mount --make-rprivate / && mount --rbind / ${root} && exec chroot ${root} mydocker-init run -b ${directory} chrooted'`,
    );
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("chroot") });
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("prints with --dry-run what it would do, and does nothing", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "dry"), ["touch", "/made"]);
    for (const verb of ["run", "create"]) {
      const { code, stdout } = await sandbox.tool("mydocker-init", [verb, "--dry-run", "--bundle", directory, "dry"]);
      expect(code).toBe(0);
      expect(stdout).toContain("\n  execute touch /made\n");
      expect(stdout.includes("\n  wait-start\n")).toBe(verb === "create");
    }
    expect(existsSync(join(directory, "rootfs/made"))).toBe(false);
    expect(existsSync(join(sandbox.paths.run, "init", "dry"))).toBe(false);
    expect(cgroupsOf("dry")).toEqual([]);
  });

  it("leaves no descriptor of its own open in the container", async () => {
    const { stdout } = await run(["ls", "/proc/self/fd"]);
    // 3 is ls's own, on the directory.
    expect(stdout).toBe("0\n1\n2\n3\n");
  });

  it("resolves links of the image inside the image", async () => {
    const canary = join(sandbox.directory, "canary");
    mkdirSync(canary);
    const bundle = makeBundle(join(sandbox.directory, "linked"), ["ls", "/"], (config) => {
      config.mounts?.push({ destination: "/link/made", type: "tmpfs", source: "tmpfs" });
    });
    symlinkSync(canary, join(bundle.rootfs, "link"));
    await sandbox.tool("mydocker-init", ["run", "--bundle", bundle.directory, "linked"]);
    expect(readdirSync(canary)).toEqual([]);
  });

  it.each<[string, (config: OciConfig) => void]>([
    [
      "a mount of an unknown type",
      (config) => config.mounts?.push({ destination: "/x", type: "nosuchfs", source: "x" }),
    ],
    [
      "a bind of nothing",
      (config) => config.mounts?.push({ destination: "/x", source: "/no/such", options: ["bind"] }),
    ],
    [
      "a namespace that is not there",
      (config) => {
        config.linux = {
          ...config.linux,
          namespaces: [{ type: "mount" }, { type: "uts" }, { type: "network", path: "/run/netns/none" }],
        };
      },
    ],
    [
      "a directory out of the root",
      (config) => {
        if (config.process !== undefined) config.process.cwd = "/proc/self/fd/7";
      },
    ],
  ])("fails in one line and leaves nothing: %s", async (_, change) => {
    const { code, stderr, id } = await run(["true"], change);
    expect(code).toBe(125);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(existsSync(join(sandbox.paths.run, "init", id))).toBe(false);
    expect(cgroupsOf(id)).toEqual([]);
  });
});

describe("create, start, state, exec, kill, delete", () => {
  it("goes through a container's life", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "life"), ["sleep", "1000"]);
    const init = (...args: string[]) => sandbox.tool("mydocker-init", args);
    expect(await create(directory, "life")).toMatchObject({ code: 0, stdout: "" });
    expect(JSON.parse((await init("state", "life")).stdout)).toMatchObject({
      id: "life",
      status: "created",
      bundle: directory,
    });
    expect((await create(directory, "life")).stdout).toContain("already exists");
    expect((await init("exec", "life", "true")).code).toBe(1);
    expect((await init("start", "life")).code).toBe(0);
    expect((await init("start", "life")).code).toBe(1);
    expect(JSON.parse((await init("state", "life")).stdout)).toMatchObject({ status: "running" });

    const executed = await init(
      "exec",
      "-e",
      "A=7",
      "-w",
      "/tmp",
      "-u",
      "web",
      "life",
      "sh",
      "-c",
      "echo $A; pwd; id; hostname; exit 5",
    );
    expect(executed).toMatchObject({ code: 5, stdout: "7\n/tmp\nuid=33(web) gid=33(web) groups=4(log)\nbox\n" });
    expect((await init("exec", "life", "no-such")).code).toBe(127);
    expect((await init("exec", "life", "/tmp")).code).toBe(126);
    expect((await init("exec", "-u", "1x", "life", "id")).code).toBe(125);
    expect(await init("exec", "-d", "life", "sh", "-c", "echo done >/tmp/mark; sleep 500")).toMatchObject({
      code: 0,
      stdout: "",
    });

    expect((await init("delete", "life")).code).toBe(1);
    expect((await init("kill", "life", "KILL")).code).toBe(0);
    // A detached exec is reaped by the host's init, which may take its time; until then the namespace stays.
    await expect
      .poll(async () => JSON.parse((await init("state", "life")).stdout).status, { timeout: 20_000 })
      .toBe("stopped");
    expect((await init("kill", "life", "TERM")).stderr).toContain("container not running");
    expect((await init("delete", "life")).code).toBe(0);
    expect((await init("state", "life")).stderr).toContain("does not exist");
    expect((await init("delete", "life")).code).toBe(1);
    expect((await init("delete", "--force", "life")).code).toBe(0);
    expect(cgroupsOf("life")).toEqual([]);
  });

  it("deletes a container that was never started", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "unstarted"), ["true"]);
    await create(directory, "unstarted");
    expect((await sandbox.tool("mydocker-init", ["delete", "unstarted"])).code).toBe(0);
    expect(existsSync(join(sandbox.paths.run, "init", "unstarted"))).toBe(false);
  });

  it.each(["../x", "a/b", ".", ".x", "", "a b", "x".repeat(200)])("refuses the id %j", async (id) => {
    const { directory } = makeBundle(join(sandbox.directory, `id-${Math.random()}`), ["true"]);
    const { code, stderr } = await sandbox.tool("mydocker-init", ["run", "--bundle", directory, "--", id]);
    expect(code).toBe(125);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

/** The container has the stdio of `create` (no pipe of ours, which would stay open); stdout here is both outputs. */
function create(bundle: string, id: string) {
  const output = join(bundle, "output");
  return sandbox.shell(
    `mydocker-init create --bundle ${bundle} ${id} </dev/null >${output} 2>&1; code=$?; cat ${output}; exit $code`,
  );
}

/** Names of cgroups of the sandbox that hold the id. */
function cgroupsOf(id: string): string[] {
  const found: string[] = [];
  for (const controller of existsSync("/sys/fs/cgroup/memory") ? readdirSync("/sys/fs/cgroup") : ["."]) {
    const path = join("/sys/fs/cgroup", controller, sandbox.paths.prefix, id);
    if (existsSync(path)) found.push(path);
  }
  return found;
}
