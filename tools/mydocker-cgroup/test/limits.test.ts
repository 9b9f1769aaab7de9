import { existsSync } from "node:fs";
import { join } from "node:path";
import { hierarchyOf } from "@mydocker/cgroup";
import { parseConfig } from "@mydocker/oci";
import { afterAll, afterEach, expect, test } from "vitest";
import { limitedCgroup } from "./support/limited.ts";

const ID = "c1";
const { sandbox, hierarchies, apply, inside, value, config } = limitedCgroup(ID);
const prefix = sandbox.paths.prefix;

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
  expect(await value("memory.limit_in_bytes", "memory.max")).toBe(String(2 ** 26));
  expect(await value("pids.max")).toBe("9");
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
  expect(await value("memory.limit_in_bytes", "memory.max")).toBe(String(2 ** 26));
  expect(await value("cpuset.cpus")).toBe("0");
  expect(await value("pids.max")).toBe("7");
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
  const { code } = await sandbox.shell(`echo '${config({})}' | mydocker-cgroup apply > /dev/full`);
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
  expect([code, stderr]).toEqual([
    1,
    `mydocker-cgroup show: no cgroup /${prefix}/nobody in any hierarchy; try: mydocker-cgroup list\n`,
  ]);
});

test.each([["../x"], ["a/b"], [".."], [""]])("id %j is refused", async (id) => {
  const { code, stderr } = await sandbox.tool("mydocker-cgroup", ["remove", id]);
  expect(code).toBe(125);
  expect(stderr).toContain("container id");
});
