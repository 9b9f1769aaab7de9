import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { SHIM } from "./encode-plan.ts";

// What it does is tried in test/vm (45-loopback6.sh): it concerns every socket of a host.
beforeAll(() => buildShim("all"));

const place = ["--cgroup", "/tmp", "--name", "mydocker_6"];

test.each([
  ["nothing", []],
  ["no verb", place],
  ["an unknown verb", [...place, "lust"]],
  ["flags in another order", ["--name", "mydocker_6", "--cgroup", "/tmp", "list"]],
  ["a name that is too long for the kernel", ["--cgroup", "/tmp", "--name", "m".repeat(16), "list"]],
])("refuses %s", (_, args) => {
  const { status, stderr } = spawnSync(SHIM, ["loopback6", ...args], { encoding: "utf8" });
  expect([status, stderr]).toEqual([125, expect.stringMatching(/^expected --cgroup DIRECTORY --name NAME .*\n$/)]);
});

test.each(["80", "tcp", "tcp/", "tcp/0", "tcp/65536", "tcp/8x", "sctp/80", "TCP/80", "tcp/-1", ""])(
  "refuses %j for a port, before anything is done",
  (port) => {
    const { status, stderr } = spawnSync(SHIM, ["loopback6", ...place, "add", "tcp/80", port], { encoding: "utf8" });
    expect([status, stderr]).toEqual([125, `read PROTOCOL/PORT: ${port}: EINVAL: Invalid argument\n`]);
  },
);

test("says which directory is no cgroup", () => {
  const ask = (directory: string) =>
    spawnSync(SHIM, ["loopback6", "--cgroup", directory, "--name", "mydocker_6", "list"], { encoding: "utf8" });
  expect(ask("/nowhere").stderr).toMatch(/^open the cgroup \/nowhere: ENOENT: /);
  expect([ask("/tmp").status, ask("/tmp").stderr]).toEqual([
    125,
    expect.stringContaining("look for the cgroup's programs: EBADF"),
  ]);
});
