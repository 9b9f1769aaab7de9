import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { startMydocker } from "./support/background.ts";
import { leftovers } from "./support/leftovers.ts";
import { openTerminal } from "./support/terminal.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterEach(async () => {
  await sandbox.tool("mydocker", ["rm", "-f", ...NAMES]);
  expect(await leftovers(sandbox)).toEqual([]);
});
afterAll(() => sandbox.cleanUp());

/** What tests call their containers. */
const NAMES = ["made", "other", "again"];

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);
const field = async (template: string, name = "made"): Promise<string> =>
  (await mydocker("inspect", "-f", template, name)).stdout.trim();

describe("create", () => {
  test("makes files, a name and nothing else, which stay until they are removed", async () => {
    const cidfile = join(sandbox.directory, "cid");
    const flags = ["--name", "made", "-p", "80", "-m", "64m", "-l", "app=x", "--cidfile", cidfile];
    const created = await mydocker("create", ...flags, "busybox", "echo", "hi");
    expect(created).toMatchObject({ code: 0, stderr: "" });
    expect(created.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    const id = created.stdout.trim();
    expect(readFileSync(cidfile, "utf8")).toBe(id);
    expect(await leftovers(sandbox)).toEqual([`container ${id}`, "name made"]);
    expect((await mydocker("ps", "-q")).stdout).toBe("");
    const shown = await mydocker("ps", "-a", "--format", "{{.Names}}|{{.Status}}|{{.State}}|{{.Ports}}|{{.Command}}");
    expect(shown.stdout).toBe('made|Created|created||"echo hi"\n');
    expect(await field("{{.State.Status}} {{.State.StartedAt}} {{.State.Pid}} {{index .Config.Labels `app`}}")).toBe(
      "created 0001-01-01T00:00:00Z 0 x",
    );
    expect(await mydocker("logs", "made")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await mydocker("wait", "made")).stdout).toBe("0\n");
    expect(await mydocker("stop", "made")).toMatchObject({ code: 0, stdout: "made\n" });
    expect(await mydocker("exec", "made", "true")).toMatchObject({ code: 1 });
    // Nobody is asked: nothing that ended, and nothing that was created, goes.
    await mydocker("system", "prune");
    expect((await mydocker("ps", "-aq", "--no-trunc")).stdout).toBe(created.stdout);
    expect(await mydocker("rm", "made")).toMatchObject({ code: 0, stdout: "made\n" });
  });

  test("container prune and system prune -f remove it", async () => {
    for (const command of [
      ["container", "prune", "-f"],
      ["system", "prune", "-f"],
    ]) {
      const { stdout: id } = await mydocker("create", "--name", "made", "busybox");
      const pruned = await mydocker(...command);
      expect(pruned).toMatchObject({ code: 0, stderr: "" });
      expect(pruned.stdout).toContain(`Deleted Containers:\n${id}`);
      expect(await leftovers(sandbox)).toEqual([]);
    }
  });

  test.each([
    [["--name", "x"], /container name "x"/],
    [["-m", "1k"], /Minimum memory limit/],
    [["--cpus", "many"], /--cpus: expected/],
    [["-p", "80:http"], /http/],
    [["--network", "no-such"], /no-such/],
    [["--dns", "nobody"], /--dns/],
    [["--network-rate", "fast"], /fast/],
    [["--device", "/dev/no-such"], /ENOENT/],
    [["--detach"], /unknown flag/],
    [["--sig-proxy", "false"], /unknown flag/],
  ])("%j is refused, and nothing is left", async (flags, why) => {
    const result = await mydocker("create", ...flags, "busybox");
    expect(result).toMatchObject({ code: 125, stdout: "" });
    expect(result.stderr).toMatch(why);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(await leftovers(sandbox)).toEqual([]);
  });

  test("one that is killed before it is done leaves garbage, which gc takes", async () => {
    for (const delay of [10, 40, 80]) {
      const maker = startMydocker(sandbox, ["create", "--name", "made", "busybox"]);
      await sleep(delay);
      maker.kill("SIGKILL");
      await maker.exited;
      const kept =
        maker.stdout() !== "" || (await mydocker("ps", "-a", "--format", "{{.Status}}")).stdout === "Created\n";
      for (const wait = Date.now() + 1000; Date.now() < wait; await sleep(50))
        await sandbox.tool("mydocker-image", ["gc"]);
      if (!kept) expect((await mydocker("ps", "-a", "--format", "{{.Status}}")).stdout).toMatch(/^(Created\n)?$/);
      await mydocker("rm", "-f", "made");
    }
  });
});

describe("start", () => {
  test("what was created, with its flags; and again, with the files it has left", async () => {
    const port = await freePort();
    const script =
      "echo line >>/file; wc -l </file; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; exit 3";
    const flags = ["--name", "made", "-p", `127.0.0.1:${port}:80`, "-m", "64m", "-h", "box"];
    await mydocker("create", ...flags, "busybox", "sh", "-c", script);
    expect(await mydocker("start", "made")).toEqual({ code: 0, stdout: "made\n", stderr: "" });
    expect((await mydocker("wait", "made")).stdout).toBe("3\n");
    expect(await mydocker("logs", "made")).toMatchObject({ stdout: "1\n67108864\n" });
    expect(await field("{{.State.Status}} {{.State.ExitCode}} {{.Config.Hostname}}")).toBe("exited 3 box");
    expect(await mydocker("start", "-a", "made")).toEqual({ code: 3, stdout: "2\n67108864\n", stderr: "" });
    expect((await mydocker("logs", "made")).stdout).toBe("1\n67108864\n2\n67108864\n");
    expect(await field("{{.HostConfig.PortBindings}}")).toContain(String(port));
  });

  test("a container of run that has ended, under the same id, name and published port", async () => {
    const port = await freePort();
    const script = "mkdir -p /www; echo page >>/www/index.html; exec httpd -f -h /www -p 80";
    const { stdout: id } = await mydocker(
      ...["run", "-d", "--name", "made", "-p", `127.0.0.1:${port}:80`, "busybox", "sh", "-c", script],
    );
    const page = () => sandbox.shell(`curl -s --retry 20 --retry-connrefused --retry-delay 1 127.0.0.1:${port}`);
    expect((await page()).stdout).toBe("page\n");
    await mydocker("stop", "-t", "0", "made");
    expect((await sandbox.shell(`curl -s -m 1 127.0.0.1:${port}`)).code).not.toBe(0);
    expect(await mydocker("start", id.slice(0, 8))).toMatchObject({ code: 0, stdout: `${id.slice(0, 8)}\n` });
    expect((await page()).stdout).toBe("page\npage\n");
    expect(await field("{{.Id}}")).toBe(id.trim());
    expect((await mydocker("port", "made")).stdout).toBe(`80/tcp -> 127.0.0.1:${port}\n`);
    expect(await field("{{.State.Status}} {{.State.FinishedAt}}")).toBe("running 0001-01-01T00:00:00Z");
  });

  test("several, what runs already among them, and what cannot be started", async () => {
    await mydocker("create", "--name", "made", "busybox", "sleep", "1000");
    await mydocker("create", "--name", "other", "busybox", "sleep", "1000");
    const started = await mydocker("start", "made", "nobody", "made", "other");
    expect(started).toEqual({
      code: 1,
      stdout: "made\nmade\nother\n",
      stderr: "mydocker start: No such container: nobody\n",
    });
    expect(await mydocker("start", "-a", "made", "other")).toMatchObject({ code: 1, stdout: "" });
    await mydocker("pause", "made");
    const paused = await mydocker("start", "made");
    expect(paused).toMatchObject({ code: 1, stdout: "" });
    expect(paused.stderr).toMatch(/cannot start a paused container, try unpause instead/);
  });

  test("of many at the same time one starts it, and all say so", async () => {
    await mydocker("create", "--name", "made", "busybox", "sleep", "1000");
    const all = await Promise.all(Array.from({ length: 5 }, () => mydocker("start", "made")));
    expect(all).toEqual(all.map(() => ({ code: 0, stdout: "made\n", stderr: "" })));
    expect((await mydocker("exec", "made", "pidof", "sleep")).stdout).toBe("1\n");
  });

  test("a command that cannot be executed, and a port that is taken: 1, and as before", async () => {
    await mydocker("create", "--name", "made", "busybox", "no-such-command");
    const missing = await mydocker("start", "made");
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toMatch(/^mydocker start: cannot start container made: .*no-such-command/);
    expect(await field("{{.State.Status}} {{.State.ExitCode}}")).toBe("created 0");

    const port = await freePort();
    await mydocker("run", "-d", "--name", "other", "-p", `${port}:80`, "busybox", "sleep", "1000");
    await mydocker("create", "--name", "again", "-p", `${port}:80`, "busybox", "echo", "started");
    const taken = await mydocker("start", "again");
    expect(taken).toMatchObject({ code: 1, stdout: "" });
    expect(taken.stderr).toMatch(/already published by container "other"/);
    expect(await field("{{.State.Status}}", "again")).toBe("created");
    await mydocker("rm", "-f", "other");
    expect(await mydocker("start", "-a", "again")).toEqual({ code: 0, stdout: "started\n", stderr: "" });
    await mydocker("run", "-d", "--name", "other", "-p", `${port}:80`, "busybox", "sleep", "1000");
    expect(await mydocker("start", "-a", "again")).toMatchObject({ code: 1, stdout: "" });
    expect(await field("{{.State.Status}} {{.State.ExitCode}}", "again")).toBe("exited 0");
  });

  test("-a and -i: output, stdin, signals and exit code", async () => {
    await mydocker("create", "--name", "made", "-i", "busybox", "md5sum");
    const fed = await sandbox.tool("mydocker", ["start", "-ai", "made"], { input: "hello\n" });
    expect(fed).toEqual({ code: 0, stdout: "b1946ac92492d2347c6235b4d2611184  -\n", stderr: "" });
    await mydocker(
      "create",
      "--name",
      "other",
      "busybox",
      "sh",
      "-c",
      "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done",
    );
    const client = startMydocker(sandbox, ["start", "-a", "other"]);
    await client.waitFor(/up/);
    client.kill("SIGTERM");
    expect(await client.exited).toEqual({ code: 9, signal: null });
  });

  test("a terminal, twice", async () => {
    await mydocker("create", "--name", "made", "-it", "busybox", "sh");
    for (const code of [4, 5]) {
      const terminal = openTerminal("exec mydocker start -ai made", sandbox.env);
      await terminal.waitFor(/# /);
      terminal.type(`tty; exit ${code}\n`);
      expect(await terminal.exited).toBe(code);
      expect(terminal.output()).toMatch(/\/dev\/pts\/0/);
    }
    expect(await mydocker("start", "-ai", "made")).toMatchObject({ code: 1, stdout: "" });
  });

  test("--rm: it goes when it ends, and where it cannot be started", async () => {
    await mydocker("create", "--rm", "--name", "made", "busybox", "echo", "once");
    expect(await mydocker("start", "-a", "made")).toEqual({ code: 0, stdout: "once\n", stderr: "" });
    expect(await leftovers(sandbox)).toEqual([]);
    await mydocker("run", "--rm", "--name", "made", "busybox", "true");
    expect(await mydocker("start", "made")).toMatchObject({
      code: 1,
      stderr: "mydocker start: No such container: made\n",
    });
  });

  test("a pipe of somebody's own can be started while its init waits, and not made again", async () => {
    await sandbox.shell(
      "mydocker-image bundle --name made busybox -- echo hi | mydocker-net attach | mydocker-cgroup apply | mydocker-init create",
    );
    expect(await mydocker("start", "-a", "made")).toEqual({ code: 0, stdout: "hi\n", stderr: "" });
    const again = await mydocker("start", "made");
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/nothing tells how it was made.*; try: mydocker create/);
  });

  test("killed at any moment, it leaves the container, which can be started then", async () => {
    await mydocker("create", "--name", "made", "busybox", "sh", "-c", "echo x >>/count; sleep 1000");
    for (const delay of [20, 35, 50, 70, 90]) {
      const starter = startMydocker(sandbox, ["start", "made"]);
      await sleep(delay);
      starter.kill("SIGKILL");
      await starter.exited;
      await sleep(200);
      for (const tool of ["mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"])
        await sandbox.tool(tool, ["gc"]);
      expect(await mydocker("start", "made")).toEqual({ code: 0, stdout: "made\n", stderr: "" });
      expect((await mydocker("exec", "made", "true")).code).toBe(0);
      await mydocker("kill", "made");
      await mydocker("wait", "made");
    }
    expect(existsSync(join(sandbox.paths.root, "containers"))).toBe(true);
  });
});

describe("what a created container can be asked", () => {
  test("its files: commit, export and diff", async () => {
    await mydocker("create", "--name", "made", "busybox", "true");
    expect(await mydocker("diff", "made")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await sandbox.shell("mydocker export made | tar t | grep -c bin/")).stdout).not.toBe("0\n");
    expect(await mydocker("commit", "made", "from-created:1")).toMatchObject({ code: 0 });
    await mydocker("rmi", "from-created:1");
  });
});
