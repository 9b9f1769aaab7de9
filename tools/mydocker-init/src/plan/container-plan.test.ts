import type { OciConfig } from "@mydocker/oci";
import { describe, expect, it } from "vitest";
import { type PlanContext, planContainer } from "./container-plan.ts";
import { describePlan } from "./describe.ts";

const CONTEXT: PlanContext = {
  id: "x",
  bundle: "/bundle",
  cgroupJoinFiles: ["/sys/fs/cgroup/memory/mydocker/x/tasks"],
  caller: {},
  cgroups: { version: 2, hierarchies: [], source: "/sys/fs/cgroup/mydocker/x" },
  hostNamespaces: new Set(),
  messages: { source: "mydocker-init run", format: "text" },
  noInput: false,
  teardown: [],
  failure: [],
  trace: false,
};

const CONFIG: OciConfig = {
  ociVersion: "1.2.0",
  root: { path: "rootfs", readonly: true },
  hostname: "box",
  process: {
    user: { uid: 33, gid: 33, additionalGids: [4] },
    args: ["sh", "-c", "echo hi"],
    env: ["PATH=/bin", "A=1"],
    cwd: "/tmp",
    capabilities: { bounding: ["CAP_CHOWN"], effective: [], permitted: [] },
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2 ** 64 }],
    noNewPrivileges: true,
  },
  mounts: [{ destination: "/proc", type: "proc", source: "proc", options: ["nosuid"] }],
  linux: {
    namespaces: [
      { type: "pid" },
      { type: "mount" },
      { type: "uts" },
      { type: "cgroup" },
      { type: "network", path: "/run/netns/x" },
    ],
    maskedPaths: ["/proc/kcore"],
    readonlyPaths: ["/proc/sys"],
  },
};

describe("planContainer", () => {
  it("compiles a config into the same plan every time", () => {
    expect(describePlan(planContainer(CONFIG, CONTEXT))).toMatchInlineSnapshot(`
      "# on the host, before the container's process exists
        messages "mydocker-init run" 0
        cgroup /sys/fs/cgroup/memory/mydocker/x/tasks
        clone 0x24020000
      # in the container's process
        join-cgroups
        unshare 0x2000000
        join /run/netns/x 0x40000000
        propagation 0x44000
        root-bind /bundle/rootfs
        mount proc proc /proc 2
        device /dev/null 8192 438 1 3 0 0
        device /dev/zero 8192 438 1 5 0 0
        device /dev/full 8192 438 1 7 0 0
        device /dev/random 8192 438 1 8 0 0
        device /dev/urandom 8192 438 1 9 0 0
        device /dev/tty 8192 438 5 0 0 0
        symbolic-link /proc/self/fd /dev/fd
        symbolic-link /proc/self/fd/0 /dev/stdin
        symbolic-link /proc/self/fd/1 /dev/stdout
        symbolic-link /proc/self/fd/2 /dev/stderr
        symbolic-link pts/ptmx /dev/ptmx
        make-directory /tmp 0755
        session
        hostname box
        mask /proc/kcore
        read-only /proc/sys
        root-read-only
        pivot
        limit 7 1024 0xffffffffffffffff
        bounding 1
        environment PATH=/bin A=1
        home 33
        user 33 33 4
        directory /tmp
        find-command sh /bin
        no-new-privileges
        capabilities 0 0 0 0
        execute sh -c "echo hi"
      "
    `);
  });

  it("waits for start behind everything that can fail early, and keeps stdio by a relay", () => {
    const names = planContainer(CONFIG, {
      ...CONTEXT,
      startFifo: "/run/x/start.fifo",
      relay: { log: "/c/log", socket: "/run/x/attach.sock", stdinOpen: true, stdinOnce: true },
      exitFile: "/c/exit.json",
      detach: "",
      teardown: [{ name: "remove-directory", args: ["/run/x"] }],
      failure: [["/bin/mydocker-init", "abandon", "x"]],
    }).map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual(["messages", "detach", "relay", "exit-file", "start-fifo"]);
    expect(names.indexOf("wait-start")).toBeGreaterThan(names.indexOf("find-command"));
    expect(names.indexOf("wait-start")).toBeLessThan(names.indexOf("capabilities"));
    expect(names.slice(-2)).toEqual(["remove-directory", "undo"]);
  });

  it("mounts the overlay in place of the rootfs", () => {
    const plan = planContainer(CONFIG, { ...CONTEXT, overlay: { lower: ["/l1", "/l0"], upper: "/u", work: "/w" } });
    expect(plan).toContainEqual({ name: "root-overlay", args: ["/bundle/rootfs", "/u", "/w", "/l1", "/l0"] });
    const overlay = { lower: ["/l0"], upper: "/u", work: "/w", volatile: true };
    const names = planContainer(CONFIG, { ...CONTEXT, overlay }).map(({ name }) => name);
    expect(names[names.indexOf("root-overlay") - 1]).toBe("root-volatile");
  });

  it("gives a terminal its console and size", () => {
    const process = {
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      cwd: "/",
      terminal: true,
      consoleSize: { height: 24, width: 80 },
    };
    const plan = planContainer({ ...CONFIG, process }, CONTEXT);
    expect(plan).toContainEqual({ name: "terminal", args: [1, 24, 80] });
  });

  it.each<[string, Partial<OciConfig>, string]>([
    [
      "mounts without a mount namespace",
      { linux: { namespaces: [{ type: "pid" }] } },
      "mount namespace is needed for mounts",
    ],
    [
      "a user namespace without mappings",
      { linux: { namespaces: [{ type: "mount" }, { type: "user" }] } },
      "needs linux.uidMappings",
    ],
    ["hostname of the host", { linux: { namespaces: [{ type: "mount" }] } }, "uts namespace"],
    [
      "offsets of the host's clocks",
      { hostname: "", linux: { namespaces: [{ type: "mount" }], timeOffsets: { boottime: { secs: 1 } } } },
      "new time namespace",
    ],
  ])("refuses: %s", (_, change, message) => {
    expect(() => planContainer({ ...CONFIG, ...change }, CONTEXT)).toThrow(message);
  });

  it.each([
    [{ type: "RLIMIT_FOO", soft: 1, hard: 1 }, "RLIMIT_FOO"],
    [{ type: "RLIMIT_NOFILE", soft: 2, hard: 1 }, "above the hard limit"],
  ])("refuses the rlimit %j", (rlimit, message) => {
    const process = { user: { uid: 0, gid: 0 }, args: ["x"], cwd: "/", rlimits: [rlimit] };
    expect(() => planContainer({ ...CONFIG, process }, CONTEXT)).toThrow(message);
  });

  it("warns of a capability that does not exist, and leaves it out", () => {
    const capabilities = { bounding: ["CAP_NONE", "CAP_CHOWN"], effective: ["CAP_NONE"] };
    const process = { user: { uid: 0, gid: 0 }, args: ["x"], cwd: "/", capabilities };
    const plan = planContainer({ ...CONFIG, process }, CONTEXT);
    expect(plan.find(({ name }) => name === "warn")?.args).toEqual([
      'process.capabilities: left out, as they are no capabilities: "CAP_NONE"',
    ]);
    expect(plan.find(({ name }) => name === "bounding")?.args).toEqual([1n]);
  });
});
