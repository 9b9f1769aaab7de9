import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { deviceProgram, findHierarchies, killProcesses } from "@mydocker/cgroup";
import type { OciDeviceRule } from "@mydocker/oci";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { SHIM } from "./encode-plan.ts";

/** A cgroup v2 hierarchy without controllers will do: a device program needs none. */
const top = findHierarchies().find(({ version }) => version === 2)?.path;
const cgroup = join(top ?? "/nowhere", `mydockershim${process.pid}`);

const KMSG: OciDeviceRule = { allow: true, type: "c", major: 1, minor: 11, access: "r" };

beforeAll(() => {
  buildShim("all");
  if (top !== undefined) mkdirSync(cgroup);
});

afterAll(() => {
  if (top === undefined) return;
  killProcesses([cgroup]);
  rmdirSync(cgroup);
});

function attach(input: Uint8Array, ...prefix: string[]) {
  const [file = "", ...args] = [...prefix, SHIM, "device-program", "--cgroup", cgroup];
  const { status, stderr } = spawnSync(file, args, { input, encoding: "utf8" });
  return { status, stderr };
}

function limit(rules: OciDeviceRule[]): void {
  expect(attach(deviceProgram(rules) ?? new Uint8Array())).toEqual({ status: 0, stderr: "" });
}

/** A shell in the cgroup that tries what it is asked, a line at a time. */
class Tryer {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn(
      "sh",
      ["-c", `echo 0 > ${cgroup}/cgroup.procs; while read -r line; do eval "$line" 2> /dev/null; echo $?; done`],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
  }

  /** Whether the device can be opened that way. */
  async can(access: "<" | ">" | "<>", device: string): Promise<boolean> {
    this.#shell.stdin?.write(`( : ${access} ${device} )\n`);
    const answer = await new Promise<string>((resolve) =>
      this.#shell.stdout?.once("data", (data) => resolve(String(data))),
    );
    return answer.trim() === "0";
  }

  end(): void {
    this.#shell.stdin?.end();
  }
}

describe.skipIf(top === undefined)("device-program (skipped where no cgroup2 is mounted: test/vm has one)", () => {
  test("lets through what is listed and the default devices, and nothing else", async () => {
    limit([{ allow: false }, KMSG]);
    const tryer = new Tryer();
    expect(await tryer.can("<", "/dev/kmsg")).toBe(true);
    expect(await tryer.can(">", "/dev/kmsg")).toBe(false);
    expect(await tryer.can("<>", "/dev/kmsg")).toBe(false);
    expect(await tryer.can("<>", "/dev/null")).toBe(true);
    expect(await tryer.can("<", "/dev/random")).toBe(true);
    tryer.end();
  });

  test("takes the place of the one before, for a process that runs, too", async () => {
    limit([{ allow: false }]);
    const tryer = new Tryer();
    expect(await tryer.can("<", "/dev/kmsg")).toBe(false);
    // Had both to agree, the first would still refuse it.
    limit([{ allow: true }]);
    expect(await tryer.can("<", "/dev/kmsg")).toBe(true);
    limit([{ allow: true }, { ...KMSG, allow: false }]);
    expect([await tryer.can("<", "/dev/kmsg"), await tryer.can(">", "/dev/kmsg")]).toEqual([false, true]);
    tryer.end();
  });

  test("the kernel's verifier takes long lists, and numbers of 32 bits", () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      allow: index % 3 !== 0,
      type: "b" as const,
      major: index,
      minor: 4294967295,
    }));
    limit(many);
    limit([
      { allow: false, access: "m" },
      { allow: true, access: "r" },
      { allow: false, type: "a", major: 0, minor: 0, access: "w" },
    ]);
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["half an instruction", new Uint8Array(12)],
  ])("%s is refused before the kernel is asked", (_, program) => {
    const { status, stderr } = attach(program);
    expect(status).toBe(125);
    expect(stderr).toContain("it is not a list of instructions");
  });

  test("what the verifier does not take leaves the one before in force", async () => {
    limit([{ allow: false }]);
    const { status, stderr } = attach(new Uint8Array(8));
    expect(status).toBe(125);
    expect(stderr).toContain("load the device program: ");
    const tryer = new Tryer();
    expect(await tryer.can("<", "/dev/kmsg")).toBe(false);
    tryer.end();
  });

  test("without the capabilities it is refused in one line that names them", () => {
    // 39 is CAP_BPF, which older setpriv does not know by name.
    const program = deviceProgram([{ allow: false }]) ?? new Uint8Array();
    const { status, stderr } = attach(program, "setpriv", "--bounding-set", "-sys_admin,-cap_39", "--");
    expect(status).toBe(125);
    expect(stderr).toMatch(/^load the device program: EPERM: .*CAP_BPF.*\n$/);
  });
});
