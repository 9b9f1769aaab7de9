import { existsSync } from "node:fs";
import { join } from "node:path";
import { findHierarchies, hierarchyOf, planCgroup } from "@mydocker/cgroup";
import { parseConfig } from "@mydocker/oci";
import { makeSandbox } from "@mydocker/testing";
import { afterAll, afterEach, expect, test } from "vitest";

const sandbox = makeSandbox();
const hierarchies = findHierarchies();
const prefix = sandbox.paths.prefix;
const ID = "c1";

afterEach(async () => {
  expect((await sandbox.tool("mydocker-cgroup", ["remove", "--kill", ID])).code).toBe(0);
});

afterAll(async () => {
  await sandbox.tool("mydocker-cgroup", ["gc"]);
  await sandbox.cleanUp();
  expect(directoriesOf("")).toEqual([]);
});

/** Where a cgroup exists. */
function directoriesOf(id: string): string[] {
  return hierarchies.map(({ path }) => join(path, prefix, id)).filter((directory) => existsSync(directory));
}

const config = (resources: object = {}): string =>
  JSON.stringify({
    ociVersion: "1.2.0",
    process: { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } },
    annotations: { "io.mydocker.id": ID, "org.example.kept": "yes" },
    linux: { resources, namespaces: [{ type: "pid" }] },
    unknownMember: { kept: true },
  });

const apply = (flags: string[], resources?: object) =>
  sandbox.tool("mydocker-cgroup", ["apply", ...flags], { input: config(resources) });

/** Runs a shell script inside the container's cgroups. */
function inside(script: string) {
  const { joinFiles } = planCgroup(hierarchies, `/${prefix}/${ID}`, {});
  return sandbox.shell(`${joinFiles.map((file) => `echo 0 > ${file} &&`).join(" ")} true || exit 99\n${script}`);
}

/** The value of the first of the files that the host has, v1's or v2's. */
async function fileValue(...files: string[]): Promise<string | undefined> {
  const { stdout } = await sandbox.tool("mydocker-cgroup", ["show", "--all", ID]);
  const lines = stdout.split("\n").map((line) => line.slice(line.lastIndexOf("/") + 1));
  const line = lines.find((candidate) => files.some((file) => candidate.startsWith(`${file} `)));
  return line?.slice(line.indexOf(" ") + 1);
}

test("apply fills in its part of the config and leaves the rest as it was", async () => {
  const { code, stdout, stderr } = await apply(["-m", "64m"], { pids: { limit: 9 } });
  expect([code, stderr]).toEqual([0, ""]);
  const written = parseConfig(stdout);
  expect(written).toMatchObject({
    unknownMember: { kept: true },
    annotations: { "org.example.kept": "yes", "io.mydocker.stages": "mydocker-cgroup" },
    linux: {
      cgroupsPath: `/${prefix}/${ID}`,
      namespaces: [{ type: "pid" }],
      resources: { memory: { limit: 2 ** 26 }, pids: { limit: 9 } },
    },
  });
  // The runtime that joins the cgroup removes it, so that no hook has to.
  expect(written.hooks).toBeUndefined();
  expect(await fileValue("memory.limit_in_bytes", "memory.max")).toBe(String(2 ** 26));
  expect(await fileValue("pids.max")).toBe("9");
});

test("a process over the memory limit is killed", async () => {
  await apply(["-m", "16m", "--memory-swap", "16m"]);
  const { stdout } = await inside("sh -c 'exec tail /dev/zero'; echo $?");
  expect(stdout).toBe("137\n");
});

test("--cpus 0.5 gives a busy loop half a processor, and no --cpus a whole one's freedom", async () => {
  const busy = async (): Promise<{ share: number; throttled: number }> => {
    const { stdout } = await inside(
      'start=$(date +%s%N); timeout 2 sh -c "while :; do :; done"; end=$(date +%s%N); times | tail -1; echo $((end - start))',
    );
    const [, minutes, seconds, wall] = /(\d+)m([\d.]+)s \S+\n(\d+)/.exec(stdout) ?? [];
    const throttled = Number((await fileValue("cpu.stat nr_throttled"))?.split(" ").at(-1));
    return { share: (Number(minutes) * 60 + Number(seconds)) / (Number(wall) / 1e9), throttled };
  };
  await apply([]);
  expect((await busy()).throttled).toBe(0);
  await apply(["--cpus", "0.5"]);
  const limited = await busy();
  expect(limited.throttled).toBeGreaterThan(0);
  expect(limited.share).toBeLessThan(0.65);
});

test("a pids limit refuses the fork that goes over it", async () => {
  await apply(["--pids-limit", "5"]);
  // Not bash, which tries a fork again for seconds.
  const loop = "for n in 1 2 3 4 5 6 7 8; do sleep 50 >/dev/null 2>&1 & echo $n; done";
  const { stdout, stderr } = await inside(`exec sh -c '${loop}'`);
  expect(stderr).toContain("fork");
  expect(stdout.split("\n").filter(Boolean).length).toBeLessThan(5);
});

test("a cpuset holds its processes", async () => {
  await apply(["--cpuset-cpus", "0"]);
  expect((await inside("nproc")).stdout).toBe("1\n");
});

test.runIf(hierarchyOf(hierarchies, "devices")?.version === 1)(
  "device rules hold, the default devices work",
  async () => {
    await apply([], { devices: [{ allow: false, access: "rwm" }] });
    const { stdout, stderr } = await inside(
      "echo x > /dev/null && echo null; head -c1 /dev/zero | wc -c; cat /dev/kmsg",
    );
    expect(stdout).toBe("null\n1\n");
    expect(stderr).toContain("Operation not permitted");
  },
);

test("remove takes an OCI state object too, and has nothing against nothing", async () => {
  await apply([]);
  expect(directoriesOf(ID).length).toBeGreaterThan(0);
  const state = JSON.stringify({ id: "another-runtime's-id", annotations: { "io.mydocker.id": ID } });
  for (let round = 0; round < 2; round += 1) {
    const { code, stderr } = await sandbox.tool("mydocker-cgroup", ["remove"], { input: state });
    expect([code, stderr]).toEqual([0, ""]);
    expect(directoriesOf(ID)).toEqual([]);
  }
});

test("what --dry-run prints does what apply does", async () => {
  const flags = ["-m", "64m", "--cpus", "1", "--pids-limit", "7", "--cpuset-cpus", "0"];
  const { code, stdout } = await apply([...flags, "--dry-run"]);
  expect(code).toBe(0);
  expect(directoriesOf(ID)).toEqual([]);
  expect((await sandbox.shell(stdout)).code).toBe(0);
  expect(await fileValue("memory.limit_in_bytes", "memory.max")).toBe(String(2 ** 26));
  expect(await fileValue("cpuset.cpus")).toBe("0");
  expect(await fileValue("pids.max")).toBe("7");
});

test.each([
  ["a flag that is nonsense", ["-m", "much"], {}, "--memory: expected a size"],
  ["a write that the kernel refuses", ["-m", "64m"], { cpu: { cpus: "8000" } }, 'write "8000" to'],
])("%s leaves no cgroup, no output, and one line", async (_, flags, resources, message) => {
  await sandbox.tool("mydocker-cgroup", ["gc"]);
  const { code, stdout, stderr } = await apply(flags, resources);
  expect([code, stdout]).toEqual([125, ""]);
  expect(stderr).toMatch(/^mydocker-cgroup apply: [^\n]*\n$/);
  expect(stderr).toContain(message);
  expect(directoriesOf("")).toEqual([]);
});

test("a config that cannot be passed on leaves no cgroup", async () => {
  const { code } = await sandbox.shell(`echo '${config()}' | mydocker-cgroup apply > /dev/full`);
  expect(code).toBe(125);
  expect(directoriesOf(ID)).toEqual([]);
});

test("an empty config exits with 125 and says nothing", async () => {
  expect(await sandbox.tool("mydocker-cgroup", ["apply"], { input: "" })).toEqual({
    code: 125,
    stdout: "",
    stderr: "",
  });
});

test("show of what is not there says so", async () => {
  const { code, stderr } = await sandbox.tool("mydocker-cgroup", ["show", "nobody"]);
  expect([code, stderr]).toEqual([1, `mydocker-cgroup show: no cgroup /${prefix}/nobody in any hierarchy\n`]);
});

test.each([["../x"], ["a/b"], [".."], [""]])("id %j is refused", async (id) => {
  const { code, stderr } = await sandbox.tool("mydocker-cgroup", ["remove", id]);
  expect(code).toBe(125);
  expect(stderr).toContain("container id");
});
