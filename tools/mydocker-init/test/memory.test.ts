import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Memory that the container's own cgroup is charged with before its command is executed. The shim's sealed copy, which its process
// runs from, is not part of it: it is written by the parent, in the caller's cgroup, and let go of by execve.

const MEGABYTE = 1024 * 1024;

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

let count = 0;

/** Makes a container that waits for its start, and returns its id. */
async function create(change?: (config: OciConfig) => void): Promise<string> {
  count += 1;
  const id = `memory-${count}`;
  const { directory } = makeBundle(join(sandbox.directory, id), ["true"], change);
  const made = await sandbox.shell(`mydocker-init create --bundle ${directory} ${id} </dev/null >/dev/null 2>&1`);
  expect(made.code).toBe(0);
  return id;
}

/** The cgroup's own count of the most that it ever held; v1 charges 256 KiB at a time. */
async function chargedTo(id: string): Promise<number> {
  const charged = Number(
    readFileSync(join(cgroupOf(id), isV1() ? "memory.max_usage_in_bytes" : "memory.peak"), "utf8"),
  );
  await sandbox.tool("mydocker-init", ["delete", "--force", id]);
  return charged;
}

function isV1(): boolean {
  return existsSync("/sys/fs/cgroup/memory");
}

function cgroupOf(id: string): string {
  return join("/sys/fs/cgroup", isV1() ? "memory" : "", sandbox.paths.prefix, id);
}

describe("the memory charged to a container before its command is executed", () => {
  it("is less than 1 MB", async () => {
    const charged = await chargedTo(await create());
    expect(charged).toBeGreaterThan(0);
    expect(charged).toBeLessThan(MEGABYTE);
  });

  it("control: is more once a process of the cgroup has used more", async () => {
    const id = await create();
    const used = await sandbox.shell(
      `echo $BASHPID >${cgroupOf(id)}/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=2M count=1`,
    );
    expect(used.code).toBe(0);
    expect(await chargedTo(id)).toBeGreaterThan(MEGABYTE);
  });

  it("leaves room for the command in a container that is limited to 1 MB", async () => {
    const id = await create((config) => {
      config.linux = { ...config.linux, resources: { memory: { limit: MEGABYTE } } };
    });
    expect((await sandbox.tool("mydocker-init", ["start", id])).code).toBe(0);
    const status = async () => JSON.parse((await sandbox.tool("mydocker-init", ["state", id])).stdout).status;
    await expect.poll(status, { timeout: 20_000 }).toBe("stopped");
    expect((await sandbox.tool("mydocker-init", ["delete", id])).code).toBe(0);
    const limited = makeBundle(join(sandbox.directory, "limited"), ["echo", "ran"], (config) => {
      config.linux = { ...config.linux, resources: { memory: { limit: MEGABYTE } } };
    });
    const run = await sandbox.tool("mydocker-init", ["run", "--bundle", limited.directory, "limited"]);
    expect(run).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
  });
});
