import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { operation, type Plan } from "../../tools/mydocker-init/src/plan/operations.ts";
import { theSandbox } from "./support/attack.ts";
import { type Container, startContainer } from "./support/container.ts";
import { planOf, runPlan } from "./support/plan.ts";
import { makeRuntime, type Runtime } from "./support/runtime.ts";

// What mydocker-init decides itself: who a process is, what it may do, and where on the host its names lead. The controls give
// the shim a plan with the mistake in it.

let runtime: Runtime;
let container: Container;
beforeAll(async () => {
  runtime = makeRuntime(theSandbox());
  // Whoever is looked up by name is looked up in the container's file, which is the attacker's.
  const passwd =
    "root:x:0:0::/:\n1:x:0:0::/:\n1000:x:0:0::/:\nweb:x:33:33::/:\nhigh:x:4294967296:0::/:\nless:x:-1:0::/:\n";
  container = await startContainer(runtime, ["sleep", "1000"], {
    image: (rootfs) => writeFileSync(join(rootfs, "etc/passwd"), passwd),
  });
});
afterAll(() => container.stop());

function runInPlan(plan: Plan, ...change: Plan): string {
  const by = (name: string) => change.find((entry) => entry.name === name);
  return runPlan(
    runtime,
    "run",
    plan.map((entry) => by(entry.name) ?? entry),
  );
}

describe("exec --user (CVE-2026-30892)", () => {
  const accepted: [user: string, ids: string][] = [
    ["1", "1:0"],
    ["1:1", "1:1"],
    ["1000", "1000:0"],
    ["0", "0:0"],
    ["web", "33:33"],
    ["4294967294", "4294967294:0"],
  ];
  const refused = [
    "1000x",
    "-1",
    "4294967295",
    "4294967296",
    "0:",
    ":0",
    "0x1",
    "1:",
    " 1",
    "1 ",
    "+1",
    "high",
    "less",
    "1:1:1",
  ];
  const identity = async (user: string) => {
    const { code, stdout } = await container.exec("--user", user, container.id, "sh", "-c", "echo $(id -u):$(id -g)");
    return code === 0 ? stdout.trim() : "";
  };

  it.each(accepted)("%j is exactly %s", async (user, ids) => {
    expect(await identity(user)).toBe(ids);
  });

  it.each(refused)("%j is refused", async (user) => {
    expect(await identity(user)).toBe("");
  });

  it("control: a plan that makes root of it is seen", async () => {
    const plan = await planOf(runtime, runtime.bundle(["sh", "-c", "echo $(id -u):$(id -g)"]));
    expect(runInPlan(plan, operation("user", 0, 0)).trim()).not.toBe("1:0");
  });
});

describe("inheritable capabilities (CVE-2022-29162, CVE-2022-27650)", () => {
  const show = ["sh", "-c", "cat /proc/self/status"];
  const inheritable = (status: string) => /^CapInh:\s+(\w+)$/m.exec(status)?.[1];
  const none = "0000000000000000";

  it("are none in a container, and none with exec --cap", async () => {
    expect(inheritable((await runtime.run(show)).stdout)).toBe(none);
    const executed = await container.exec("--cap", "CAP_NET_RAW", container.id, ...show);
    expect(executed.stdout).toMatch(/^CapEff:\s+0*24e3$/m);
    expect(inheritable(executed.stdout)).toBe(none);
  });

  it("control: a plan that leaves some is seen", async () => {
    const plan = await planOf(runtime, runtime.bundle(show));
    expect(inheritable(runInPlan(plan, operation("capabilities", 0x4e3, 0x4e3, 0x4e3, 0)))).not.toBe(none);
  });
});

test("a config without capabilities gives none", async () => {
  const { stdout } = await runtime.run(["sh", "-c", "cat /proc/self/status"], {
    config: (config) => {
      delete config.process?.capabilities;
    },
  });
  expect(stdout.match(/^Cap\w+:\s+\w+$/gm)?.map((line) => line.split("\t")[1])).toEqual(Array(5).fill("0".repeat(16)));
});

describe("names that lead elsewhere (crun 1.28, 1.29)", () => {
  const tried = ["../x", "../../canary", "a/b", ".", "..", "/abs", "a\nb", "a b", ""];
  /** What is on the host where such an id could make something. */
  const around = () => [runtime.env.MYDOCKER_RUN ?? "", runtime.directory].map((path) => readdirSync(path).sort());

  it.each(tried)("a container is not called %j", async (id) => {
    const { directory } = runtime.bundle(["true"]);
    const before = around();
    const { code } = await runtime.init(["run", "--bundle", directory, "--", id]);
    expect(code).toBe(125);
    expect(around()).toEqual(before);
  });

  it.each(["../../x", "/a/../../x", ".."])("cgroupsPath %j is refused", async (cgroupsPath) => {
    const { code, stderr } = await runtime.run(["true"], {
      config: (config) => {
        config.linux = { ...config.linux, cgroupsPath };
      },
    });
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("cgroupsPath") });
  });

  it.each(["../../", "..", "a/../..", "memory:.."])("exec --cgroup %j is refused", async (cgroup) => {
    const { code, stdout } = await container.exec("--cgroup", cgroup, container.id, "cat", "/proc/self/cgroup");
    expect({ refused: code !== 0, stdout }).toEqual({ refused: true, stdout: "" });
  });

  it("control: something made there is seen", () => {
    const before = around();
    mkdirSync(join(runtime.directory, "x"));
    expect(around()).not.toEqual(before);
  });
});

describe("/sys/fs/cgroup (CVE-2023-25809)", () => {
  const write = [
    "sh",
    "-c",
    "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do busybox mkdir $d/escape && echo made $d; done; ls /sys/fs/cgroup",
  ];
  const mount = (options: string[], namespace: boolean) => ({
    config: (config: Parameters<NonNullable<Parameters<Runtime["run"]>[1]>["config"] & object>[0]) => {
      const namespaces = (config.linux?.namespaces ?? []).filter(({ type }) => namespace || type !== "cgroup");
      config.linux = { ...config.linux, namespaces };
      config.mounts?.push({ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options });
    },
  });

  it("cannot be written to where it is mounted read-only, without a cgroup namespace too", async () => {
    for (const namespace of [true, false]) {
      const { stdout } = await runtime.run(write, mount(["nosuid", "noexec", "nodev", "ro"], namespace));
      expect(stdout).not.toContain("made");
      expect(stdout).not.toBe("");
    }
  });

  it("control: a writable one is seen to be", async () => {
    const { stdout } = await runtime.run(write, mount(["nosuid", "noexec", "nodev"], true));
    expect(stdout).toContain("made");
  });
});
