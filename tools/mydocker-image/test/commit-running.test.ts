import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadChangeable, NAME } from "./changed-container.ts";

let sandbox: Sandbox;
const mydocker = (args: string[]) => sandbox.tool("mydocker", args);
const must = async (tool: string, args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await sandbox.tool(tool, args);
  expect({ code, stderr, args }).toMatchObject({ code: 0, stderr: "" });
  return stdout.trim();
};
const start = (script: string, ...flags: string[]): Promise<string> =>
  must("mydocker", ["run", "-d", "--name", "live", ...flags, NAME, "sh", "-c", script]);
const status = async (id: string): Promise<string> =>
  JSON.parse((await sandbox.tool("mydocker-init", ["state", id])).stdout).status;
const upperOf = (id: string): string => join(sandbox.paths.root, "containers", id, "upper");

beforeAll(async () => {
  sandbox = makeSandbox();
  await loadChangeable(sandbox);
});

afterEach(async () => {
  await must("mydocker", ["rm", "-f", "live"]);
  expect(readdirSync(join(sandbox.paths.root, "tmp"))).toEqual([]);
});

afterAll(() => sandbox.cleanUp());

describe("a container that runs", () => {
  it("stands still while it is read, by several at once too, and goes on", async () => {
    // Each turn writes the same number to two files: at any one moment they differ by one at most.
    const id = await start("i=0; while :; do i=$((i+1)); for f in a z; do echo $i > /new; mv /new /$f; done; done");
    // Much is in between.
    await sandbox.shell(`mkdir ${upperOf(id)}/m && cd ${upperOf(id)}/m && for i in $(seq 3000); do echo $i > $i; done`);
    await expect.poll(async () => (await mydocker(["exec", "live", "cat", "/z"])).code).toBe(0);
    for (let round = 0; round < 5; round += 1) {
      const names = ["live:1", "live:2"];
      await Promise.all(names.map((name) => must("mydocker", ["commit", "live", name])));
      for (const name of names) {
        const numbers = await Promise.all(["/a", "/z"].map((path) => must("mydocker-image", ["cat", name, path])));
        const [a, z] = numbers.map(Number);
        expect(Math.abs((a ?? 0) - (z ?? 0))).toBeLessThanOrEqual(1);
      }
      expect(await status(id)).toBe("running");
    }
  });

  it("is paused, unless told otherwise or paused already", async () => {
    const id = await start("sleep 1000");
    // Enough that it takes a moment.
    await sandbox.shell(`head -c 100M /dev/urandom > ${upperOf(id)}/large`);
    const seen = async (flags: string): Promise<string[]> => {
      const { stdout } = await sandbox.shell(
        `mydocker commit ${flags} live live:1 >/dev/null & while kill -0 $! 2>/dev/null; do mydocker-init state ${id} | jq -r .status; done; wait $!`,
      );
      return [...new Set(stdout.trim().split("\n"))];
    };
    expect(await seen("")).toContain("paused");
    expect(await status(id)).toBe("running");
    expect(await seen("--pause=false")).toEqual(["running"]);
    await must("mydocker-init", ["pause", id]);
    expect(await seen("")).toEqual(["paused"]);
    expect(await status(id)).toBe("paused");
    await must("mydocker-init", ["resume", id]);
  });

  it.each(["KILL", "TERM", "INT"])("goes on when who has paused it is ended by SIG%s", async (signal) => {
    const id = await start("sleep 1000");
    await sandbox.shell(`head -c 100M /dev/urandom > ${upperOf(id)}/large`);
    await sandbox.shell(
      `mydocker-image commit live live:1 & for i in $(seq 100); do [ "$(mydocker-init state ${id} | jq -r .status)" = paused ] && break; done; kill -${signal} $!; wait $!`,
    );
    await expect.poll(() => status(id), { timeout: 10_000 }).toBe("running");
    await sandbox.tool("mydocker-image", ["gc"]);
    expect(JSON.parse(await must("mydocker-image", ["verify"]))).toMatchObject({ problems: [] });
  });

  it("is exported without what is mounted in it, and as it is now", async () => {
    await start(
      "echo in > /vol/in; echo new > /new; rm /etc/secret; sleep 1000",
      "-v",
      "volume:/vol",
      "--tmpfs",
      "/tmp",
    );
    await expect.poll(async () => (await mydocker(["exec", "live", "cat", "/new"])).stdout).toBe("new\n");
    const { stdout } = await sandbox.shell("mydocker export live | tar -t");
    const names = stdout.trim().split("\n");
    for (const name of ["./", "new", "vol/", "tmp/", "proc/", "bin/busybox"]) expect(names).toContain(name);
    expect(names.filter((name) => /^(?:vol|proc|sys|dev)\/./.test(name) || name === "etc/secret")).toEqual([]);
  });
});

describe("a container that changes its files while they are read", () => {
  const SECRET = "nobody in a container has seen this";
  let outside: string;

  beforeAll(() => {
    outside = join(sandbox.directory, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "file"), SECRET);
  });

  it.each(["true", "false"])(
    "does not lead who reads them out, by links in place of directories and files; with Landlock: %s",
    async (landlock) => {
      // What is a directory one moment is a link to the host's the next one, and so for a file; the names in both are the same.
      await start(`
      mkdir /real; echo inside > /real/file; ln -s ${outside} /link; echo inside > /plain; ln -s ${outside}/file /leaf
      while :; do
        mv /real /turn; mv /link /real; mv /real /link; mv /turn /real
        mv /plain /other; mv /leaf /plain; mv /plain /leaf; mv /other /plain
      done`);
      for (let round = 0; round < 15; round += 1) {
        await sandbox.tool("mydocker-image", ["repack", `--landlock=${landlock}`, "live", `raced:${round}`]);
        await sandbox.shell(`mydocker export -o ${sandbox.directory}/raced-${round}.tar live; mydocker diff live`);
        expect(readFileSync(join(sandbox.directory, `raced-${round}.tar`), "latin1")).not.toContain(SECRET);
      }
      const { stdout } = await sandbox.shell(`grep -rl "${SECRET}" ${sandbox.paths.root}/layers`);
      expect(stdout).toBe("");
    },
  );

  it("does not stop who reads them", async () => {
    await start(`
      mkdir /d
      while :; do
        for i in 1 2 3 4 5 6 7 8 9; do mkdir -p /d/$i/x; echo $i > /d/$i/f; done
        rm -rf /d/*; mkfifo /d/1; rm /d/1
      done`);
    for (let round = 0; round < 15; round += 1) {
      await must("mydocker", ["commit", "--pause=false", "live", "busy:1"]);
      expect((await sandbox.shell("set -o pipefail; mydocker export live | tar -t >/dev/null")).code).toBe(0);
    }
  });

  it("gets as many bytes of a file as it was to have, though it grows and shrinks", async () => {
    await start("while :; do cat /bin/busybox /bin/busybox > /f; echo > /f; done");
    for (let round = 0; round < 10; round += 1) {
      await must("mydocker", ["commit", "--pause=false", "live", "grown:1"]);
      expect(JSON.parse(await must("mydocker-image", ["verify", "grown:1"]))).toMatchObject({ problems: [] });
    }
  });

  it("cannot make it read without end: a sparse file of a terabyte is refused before it is read", async () => {
    const id = await start("sleep 1000");
    await sandbox.shell(`truncate -s 1T ${upperOf(id)}/sparse`);
    const began = Date.now();
    const { code, stderr } = await mydocker(["commit", "live", "sparse:1"]);
    expect(code).toBe(125);
    expect(stderr).toContain("try: --limit size=N");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(await status(id)).toBe("running");
  });
});
