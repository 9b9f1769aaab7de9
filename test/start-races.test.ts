import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { leftovers } from "./support/leftovers.ts";

// A start that is stopped half-way, and what others do to the container meanwhile.

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterEach(async () => {
  await sandbox.tool("mydocker", ["rm", "-f", "made"]);
  expect(await leftovers(sandbox)).toEqual([]);
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);
const status = async (): Promise<string> =>
  (await mydocker("inspect", "-f", "{{.State.Status}}", "made")).stdout.trim();

test.each(["create", "run"])(
  "%s: a cidfile that cannot be written is refused before there is a container",
  async (verb) => {
    const refused = await mydocker(verb, "--name", "made", "--cidfile", "/no-such-directory/cid", "busybox", "true");
    expect(refused).toMatchObject({ code: 125, stdout: "" });
    expect(refused.stderr).toMatch(/--cidfile \/no-such-directory\/cid: ENOENT/);
    expect(await leftovers(sandbox)).toEqual([]);
  },
);

test.each(["ctrl-p,", "ctrl-1", "ab", Array(17).fill("a").join(",")])(
  "-a with the detach keys %j claims no start",
  async (keys) => {
    await mydocker("create", "--name", "made", "busybox", "echo", "hi");
    expect(await mydocker("start", "-a", "--detach-keys", keys, "made")).toMatchObject({ code: 125, stdout: "" });
    expect(await status()).toBe("created");
    expect(await mydocker("start", "-a", "--detach-keys", "ctrl-],q", "made")).toEqual({
      code: 0,
      stdout: "hi\n",
      stderr: "",
    });
  },
);

test.each([
  ["start", "made"],
  ["start", "-a", "made"],
])("%s %s: whoever claimed the start and was killed is no obstacle", async (...words) => {
  await sandbox.shell(
    "mydocker-image bundle --name made busybox -- sh -c 'echo hi; sleep 1' | mydocker-net attach | mydocker-cgroup apply | mydocker-init create",
  );
  const [id = ""] = readdirSync(join(sandbox.paths.run, "init"));
  writeFileSync(join(sandbox.paths.run, "init", id, "started"), "");
  expect(await status()).toBe("running");
  expect(await mydocker(...words)).toMatchObject({ code: 0, stderr: "" });
  expect((await mydocker("wait", "made")).stdout).toBe("0\n");
  expect((await mydocker("logs", "made")).stdout).toBe("hi\n");
});

test.each([
  ["rm", "made"],
  ["rm", "-f", "made"],
  ["container", "prune", "-f"],
])("%s %s waits for who starts it", async (...words) => {
  const { stdout } = await mydocker("create", "--name", "made", "busybox", "true");
  const directory = join(sandbox.paths.root, "containers", stdout.trim());
  const command = ["mydocker", ...words].join(" ");
  const kept = await sandbox.shell(`flock ${directory}/start.lock timeout 2 ${command}`);
  expect(kept.code).toBe(124);
  expect(await status()).toBe("created");
  expect((await mydocker(...words)).code).toBe(0);
  expect(existsSync(directory)).toBe(false);
});
