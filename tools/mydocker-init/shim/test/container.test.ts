import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { encodePlan, type PlannedOperation, SHIM } from "./encode-plan.ts";
import {
  type ContainerPlan,
  DEFAULT_CAPABILITIES,
  defaultFileSystems,
  makeRootfs,
  planContainer,
  type Rootfs,
} from "./make-rootfs.ts";
import { runPlan, type ShimOptions, type ShimResult } from "./run-shim.ts";

let rootfs: Rootfs;

beforeAll(() => {
  buildShim();
  rootfs = makeRootfs();
});
afterAll(() => rootfs.remove());

function run(script: string, container: Partial<ContainerPlan> = {}, options: ShimOptions = {}): Promise<ShimResult> {
  return runPlan(planContainer(rootfs, { command: ["sh", "-c", script], ...container }), options);
}

/** runs, and expects nothing to have gone wrong in the shim. */
async function output(script: string, container: Partial<ContainerPlan> = {}): Promise<string> {
  const result = await run(script, container);
  expect(result.error).toBeUndefined();
  expect(result.stderr).toBe("");
  return result.stdout;
}

describe("a container", () => {
  test("is alone: PID 1, its own name, its own interfaces and nothing of the host's mounts", async () => {
    const seen = await output(
      "echo $$; hostname; ls /sys/class/net; ls /proc | grep -c '^[0-9]'; cut -d' ' -f2 /proc/mounts",
      {
        after: [["hostname", "box"]],
      },
    );
    const [pid, name, interfaces, , ...mounts] = seen.trimEnd().split("\n");
    expect([pid, name, interfaces]).toEqual(["1", "box", "lo"]);
    expect(mounts[0]).toBe("/");
    expect(mounts.filter((path) => !/^\/($|proc|sys|dev)/.test(path))).toEqual([]);
    expect(execFileSync("hostname", { encoding: "utf8" })).not.toBe("box\n");
  });

  test("writes into its upper layer only, and leaves no mount behind", async () => {
    await output("echo new > /etc/made");
    expect(readFileSync(join(rootfs.upper, "etc/made"), "utf8")).toBe("new\n");
    expect(existsSync(join(rootfs.lower, "etc/made"))).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(rootfs.directory);
  });

  test("has docker's devices, which are what they are called", async () => {
    const seen = await output(
      "stat -c '%n %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; readlink /dev/fd",
    );
    expect(seen).toBe(
      "/dev/null 1:3 666\n/dev/zero 1:5 666\n/dev/full 1:7 666\n/dev/random 1:8 666\n/dev/urandom 1:9 666\n/dev/tty 5:0 666\n/proc/self/fd\n",
    );
  });

  test("sees nothing of masked files and directories, and cannot write read-only ones", async () => {
    const seen = await output(
      "cat /proc/interrupts | wc -c; ls -A /sys/firmware | wc -l; echo 1 2>/dev/null > /proc/sys/vm/swappiness || echo refused; touch /proc/acpi/x 2>/dev/null || echo refused",
    );
    expect(seen).toBe("0\n0\nrefused\nrefused\n");
  });

  test("cannot change the host's null device through a masked path", async () => {
    await run("chmod 0 /proc/interrupts");
    expect(execFileSync("stat", ["-c", "%a", "/dev/null"], { encoding: "utf8" })).toBe("666\n");
  });

  test("has the user, the groups and the capabilities it was given, and no others", async () => {
    const seen = await output("id; grep -E '^Cap' /proc/self/status; umask", {
      after: [
        ["bounding", DEFAULT_CAPABILITIES],
        ["user", 1000, 1001, 1001, 20],
        ["capabilities", 0, 0, 0, 0],
        ["umask", 0o27],
      ],
    });
    expect(seen).toContain("uid=1000 gid=1001 groups=20,1001\n");
    expect(seen).toMatch(/CapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t00000000a80425fb\nCapAmb:\t0+\n0027\n/);
  });

  test("keeps an ambient capability over the change to another user", async () => {
    const bindService = 1 << 10;
    const seen = await output("grep -E 'Cap(Eff|Amb)' /proc/self/status", {
      after: [
        ["bounding", DEFAULT_CAPABILITIES],
        ["user", 1000, 1000],
        ["capabilities", bindService, bindService, bindService, bindService],
      ],
    });
    expect(seen).toBe("CapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
  });

  test("warns of a capability that nobody can give, and runs all the same", async () => {
    const { code, events } = await run("exit 0", { after: [["bounding", DEFAULT_CAPABILITIES | (1n << 60n)]] });
    expect(code).toBe(0);
    expect(events.find((event) => event.event === "warning")?.message).toContain("CAP_60");
  });

  test("has its limits, its sysctls and its directory", async () => {
    const seen = await output("ulimit -n; cat /proc/sys/net/ipv4/ip_default_ttl; pwd", {
      after: [
        ["sysctl", "net/ipv4/ip_default_ttl", "77"],
        ["limit", 7, 99, 99],
        ["directory", "/tmp"],
      ],
    });
    expect(seen).toBe("99\n77\n/tmp\n");
  });

  test("can have a read-only root, with binds in it that can be written to and one that cannot", async () => {
    const shared = join(rootfs.directory, "shared");
    mkdirSync(shared, { recursive: true });
    writeFileSync(join(rootfs.directory, "file"), "from the host\n");
    const before: PlannedOperation[] = [
      ...defaultFileSystems(),
      ["bind", shared, "/made/for/it", 1, 0, 0, 0],
      ["bind", shared, "/fixed", 3, 1, 0, 0],
      ["bind", join(rootfs.directory, "file"), "/etc/file", 0, 0, 0, 0],
    ];
    const seen = await output(
      "echo x 2>/dev/null > /x || echo refused; echo y > /made/for/it/y; touch /fixed/z 2>/dev/null || echo refused; cat /fixed/y /etc/file",
      {
        before,
        after: [["root-read-only"]],
      },
    );
    expect(seen).toBe("refused\nrefused\ny\nfrom the host\n");
    expect(readFileSync(join(shared, "y"), "utf8")).toBe("y\n");
  });

  test("can have a directory as its root", async () => {
    expect(await output("ls /", { root: ["root-bind", rootfs.lower], before: [] })).toContain("bin\n");
  });

  test("takes layers whose paths are longer than fsconfig's strings, and such with colons and commas", async () => {
    const deep = join(rootfs.directory, `${"d".repeat(150)}:,`, "e".repeat(150));
    mkdirSync(join(deep, "etc"), { recursive: true });
    writeFileSync(join(deep, "etc/deep"), "deep\n");
    const odd = join(rootfs.directory, "a:b,c");
    mkdirSync(join(odd, "etc"), { recursive: true });
    writeFileSync(join(odd, "etc/odd"), "odd\n");
    const root: PlannedOperation = ["root-overlay", rootfs.target, rootfs.upper, rootfs.work, odd, deep, rootfs.lower];
    expect(await output("cat /etc/deep /etc/odd", { root, before: [] })).toBe("deep\nodd\n");
  });

  test("passes hundreds of arguments and more than 64 KiB of environment", async () => {
    const long = "x".repeat(100_000);
    const words = Array.from({ length: 600 }, (_, i) => `word${i}`);
    const plan = planContainer(rootfs, {
      command: ["sh", "-c", 'echo $# "$LAST" "$LINES_IN"; echo "$LONG" | wc -c', "sh", ...words],
      environment: ["PATH=/bin", `LONG=${long}`, ...words.map((word) => `${word}=1`)],
      after: [["environment", "LAST=yes", "LINES_IN=a\nb"]],
    });
    const { stdout } = await runPlan(plan);
    expect(stdout).toBe("600 yes a\nb\n100001\n");
  });

  test("leaves no descriptor open to its command, except those to be kept", async () => {
    expect(await output("ls /proc/self/fd | wc -l")).toBe("4\n"); // 0 1 2 and the directory that ls reads
  });

  test("gets its input, and its exit code and signal come out", async () => {
    expect((await run("cat; exit 3", {}, { input: "typed\n" })).stdout).toBe("typed\n");
    expect((await run("exit 3")).code).toBe(3);
    expect((await run("(sleep 0.1; kill -9 $$) & wait", { flags: 0x20000 })).code).toBe(137);
  });

  test("gets the signals that the shim gets", async () => {
    const result = await run(
      "trap 'echo got it; exit 9' TERM; echo up; while :; do sleep 0.05; done",
      {},
      {
        onOutput: (stdout, child) => stdout === "up\n" && child.kill("SIGTERM"),
      },
    );
    expect([result.stdout, result.code]).toEqual(["up\ngot it\n", 9]);
  });

  test("reports every operation with its duration when traced", async () => {
    const { events } = await run("true", { host: [["trace"]] });
    const traced = events.filter((event) => event.event === "trace").map((event) => event.operation);
    expect(traced).toEqual(expect.arrayContaining(["clone", "root-overlay", "pivot", "find-command", "execute"]));
    expect(events.find((event) => event.operation === "pivot")?.nanoseconds).toBeGreaterThan(0);
    expect(events.find((event) => event.operation === "environment")?.arguments).toBe("1 variables");
  });
});

describe("a failure", () => {
  test("names the operation, its arguments, the errno and what to try", async () => {
    const { code, error } = await run("true", { before: [["bind", "/no/such/source", "/x", 0, 0, 0, 0]] });
    expect(code).toBe(125);
    expect(error).toMatchObject({ operation: "bind", name: "ENOENT", message: "bind /no/such/source", exitCode: 125 });
    expect(error?.hint).toContain("make it first");
  });

  test("hands on what the kernel says of a mount", async () => {
    const { error } = await run("true", { before: [["mount", "tmpfs", "t", "/tmp", 0, "size=much"]] });
    expect(error).toMatchObject({ operation: "mount", name: "EINVAL" });
    expect(error?.hint).toContain("size");
  });

  const commands: [name: string, command: string, code: number, message: string][] = [
    ["is not in PATH", "nonesuch", 127, 'exec: "nonesuch": executable file not found in $PATH'],
    ["is not there", "/no/such", 127, 'exec: "/no/such": no such file or directory'],
    ["is a directory", "/tmp", 126, 'exec: "/tmp": is a directory: permission denied'],
    ["is not executable", "/etc/plain", 126, 'exec: "/etc/plain": permission denied'],
    ["is no program", "/etc/garbage", 126, 'exec: "/etc/garbage": exec format error'],
    ["is a script without its interpreter", "/etc/script", 127, 'exec: "/etc/script": no such file or directory'],
    ["is a script with DOS line ends", "/etc/dos", 127, 'exec: "/etc/dos": no such file or directory'],
    ["is dynamic and has no loader", "/etc/dynamic", 127, 'exec: "/etc/dynamic": no such file or directory'],
  ];
  const hints: Record<string, RegExp> = {
    "/etc/script": /\/usr\/bin\/python9/,
    "/etc/dos": /CR LF.*\/bin\/sh/,
    "/etc/dynamic": /dynamic loader, \/lib64\/ld-linux/,
    "/etc/garbage": /#!\/bin\/sh/,
  };

  test.each(commands)(
    "of a command that %s has docker's words and exit code",
    async (_name, command, code, message) => {
      const files: Record<string, string | Buffer> = {
        garbage: "not a program",
        script: "#!/usr/bin/python9 -u\n",
        dos: "#!/bin/sh\r\necho\r\n",
        dynamic: readFileSync("/bin/ls"),
      };
      writeFileSync(join(rootfs.lower, "etc/plain"), "plain");
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(rootfs.lower, "etc", name), content);
        chmodSync(join(rootfs.lower, "etc", name), 0o755);
      }
      const result = await runPlan(planContainer(rootfs, { command: [command] }));
      expect(result.code).toBe(code);
      expect(result.error).toMatchObject({ message, exitCode: code });
      if (hints[command] !== undefined) expect(result.error?.hint).toMatch(hints[command]);
    },
  );

  test("of the record, which cannot be written, ends the container with 125 before its command runs", async () => {
    const path = join(rootfs.directory, "none", "state.json");
    const { code, stdout, error, events } = await run("echo ran", { host: [["record", path, "{}"]] });
    expect([code, stdout]).toEqual([125, ""]);
    expect(error).toMatchObject({ operation: "clone", message: `write ${path}`, name: "ENOENT" });
    expect(events.map(({ event }) => event)).toEqual(["error"]);
  });

  test("before the start runs the commands of the failure phase", async () => {
    const undone = join(rootfs.directory, "undone");
    await run("true", { teardown: [["undo", "/bin/touch", undone]], command: ["nonesuch"] });
    expect(existsSync(undone)).toBe(true);
    rmSync(undone);
    await run("true", { teardown: [["undo", "/bin/touch", undone]] });
    expect(existsSync(undone)).toBe(false);
  });

  test("before the start writes no exit record and tears nothing down", async () => {
    const [record, torn] = [join(rootfs.directory, "exit0.json"), join(rootfs.directory, "torn0")];
    await run("true", {
      host: [["exit-file", record]],
      teardown: [["command", "/bin/touch", torn]],
      command: ["nonesuch"],
    });
    expect([existsSync(record), existsSync(torn)]).toEqual([false, false]);
  });
});

describe("the end", () => {
  test("is recorded, and torn down command by command, whichever of them fails", async () => {
    const [record, torn] = [join(rootfs.directory, "exit.json"), join(rootfs.directory, "torn")];
    const teardown: PlannedOperation[] = [
      ["command", "/bin/false"],
      ["command", "/no/such"],
      ["command", "/bin/touch", torn],
    ];
    await run("exit 7", { host: [["exit-file", record]], teardown });
    const { exitCode, finishedAt } = JSON.parse(readFileSync(record, "utf8"));
    expect(exitCode).toBe(7);
    expect(finishedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(Math.abs(Date.parse(finishedAt) - Date.now())).toBeLessThan(60_000);
    expect(existsSync(torn)).toBe(true);
  });

  test("comes with the shim's own, by SIGKILL too", async () => {
    let pid = 0;
    await run(
      "sleep 1000",
      {},
      {
        onEvent: (event, child) => {
          pid = event.pid ?? pid;
          setTimeout(() => child.kill("SIGKILL"), 300);
        },
      },
    );
    expect(pid).toBeGreaterThan(0);
    for (let tries = 0; tries < 200 && existsSync(`/proc/${pid}`); tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

describe("create", () => {
  test("leaves a container that waits for a byte in its FIFO", async () => {
    const fifo = join(rootfs.directory, "start.fifo");
    const marker = join(rootfs.upper, "etc/started");
    const created = await run(
      "echo yes > /etc/started",
      { host: [["start-fifo", fifo]], wait: true },
      { role: "create" },
    );
    expect(created.code).toBe(0);
    expect(created.events.map((event) => event.event).sort()).toEqual(["created", "ready"]);
    const pid = created.events.find(({ event }) => event === "created")?.pid ?? 0;
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    // One who opens and says nothing starts nothing.
    closeSync(openSync(fifo, "w"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(existsSync(marker)).toBe(false);
    const writer = openSync(fifo, "w");
    writeSync(writer, "x");
    closeSync(writer);
    for (let tries = 0; tries < 200 && !existsSync(marker); tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readFileSync(marker, "utf8")).toBe("yes\n");
  });
});

test("descriptors are kept when asked for, and the shim's own are not among them", () => {
  const extra = join(rootfs.directory, "extra");
  writeFileSync(extra, "kept\n");
  const plan = join(rootfs.directory, "plan");
  const operations = planContainer(rootfs, {
    command: ["sh", "-c", "cat <&3; ls /proc/$$/fd; true"],
    after: [["keep-descriptors", 4]],
  });
  writeFileSync(plan, encodePlan(operations));
  const script = `exec ${SHIM} run --plan-fd 21 --status-fd 22 3<${extra} 21<${plan} 22>/dev/null`;
  const { stdout, status } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect([status, stdout]).toEqual([0, "kept\n0\n1\n2\n3\n"]);
});
