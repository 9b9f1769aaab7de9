import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { OciConfig } from "@mydocker/oci";
import { makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildShim } from "../shim/test/build-shim.ts";
import { installWithShim } from "./support/installation.ts";
import { withEverything, withUserNamespace } from "./support/life.ts";

// A container that could not be made leaves nothing: whichever operation of its plan fails, and whenever somebody is killed.

const SHIM = fileURLToPath(new URL("../../../dist/shim/weakened/mydocker-shim", import.meta.url));
const PATIENCE_MILLISECONDS = 600_000;

let sandbox: Sandbox;
let bin: string;
beforeAll(() => {
  // Its operations can be made to fail: shim/test/weakened.c.
  buildShim("weakened");
  sandbox = makeSandbox();
  bin = installWithShim(join(sandbox.directory, "installation"), { program: SHIM });
}, PATIENCE_MILLISECONDS);
afterAll(() => sandbox.cleanUp());

const list = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

/** Mounts, cgroups, processes, files of a container; a namespace is there as long as one of these holds it. */
function remains(id: string): string[] {
  const { run, prefix } = sandbox.paths;
  const cgroups = ["", ...list("/sys/fs/cgroup")].map((name) => join("/sys/fs/cgroup", name, prefix, id));
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return [
    ...list(join(run, "init")).map((name) => `runtime directory ${name}`),
    ...cgroups.filter((path) => existsSync(path)).map((path) => `cgroup ${path}`),
    ...mounts.filter((line) => line.includes(sandbox.directory)).map((line) => `mount ${line}`),
    ...processes(run),
    ...list(join(sandbox.directory, "torn")).map((name) => `what a hook made: ${name}`),
  ];
}

/** The shim that is tried hands its environment down to the container's process. */
function processes(run: string): string[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name) && readQuietly(`/proc/${name}/environ`).includes(`MYDOCKER_RUN=${run}\0`))
    .map((pid) => `process ${pid}: ${readQuietly(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has ended
  }
}

/** A killed process takes a moment to be gone, and its namespaces with it. */
async function remainsAtLast(id: string): Promise<string[]> {
  for (let tries = 0; tries < 300 && remains(id).length > 0; tries += 1) await sleep(20);
  return remains(id);
}

/** createRuntime makes a file that poststop takes away. */
function withHooksThatMake(config: OciConfig): void {
  const file = join(sandbox.directory, "torn/made");
  const hook = (script: string) => [{ path: "/bin/sh", args: ["sh", "-c", script] }];
  config.hooks = {
    ...config.hooks,
    createRuntime: hook(`exec /bin/touch ${file}`),
    poststop: hook(`exec /bin/rm -f ${file}`),
  };
}

const CONFIGS: [name: string, change: (config: OciConfig) => void][] = [
  [
    "a bit of everything",
    (config) => {
      withEverything(config);
      withHooksThatMake(config);
    },
  ],
  ["a user namespace", withUserNamespace],
];

let count = 0;
function newBundle(args: string[], change: (config: OciConfig) => void) {
  count += 1;
  const id = `rollback-${count}`;
  mkdirSync(join(sandbox.directory, "torn"), { recursive: true });
  return { id, ...makeBundle(join(sandbox.directory, id), args, change) };
}

describe.each(CONFIGS)("a container with %s", (_, change) => {
  it(
    "leaves nothing, whichever operation of its plan fails",
    async () => {
      const { id, directory } = newBundle(["true"], change);
      const failed: string[] = [];
      let verb = "create";
      for (let at = 0; ; at += 1) {
        const said = join(directory, "said");
        // A file: a created container would hold a pipe open.
        const { code } = await sandbox.shell(`
        export MYDOCKER_BIN=${bin} MYDOCKER_WEAKENED=fail-at:${at}
        mydocker-init ${verb} --bundle ${directory} ${id} </dev/null >/dev/null 2>${said}`);
        const message = readFileSync(said, "utf8");
        if (code === 0) {
          await sandbox.tool("mydocker-init", ["delete", "--force", id], { env: { MYDOCKER_BIN: bin } });
          if (verb === "run") break;
          // What comes behind wait-start fails no longer in create, but in a container that does not wait; a little before it, because
          // the plans of the two differ.
          verb = "run";
          at -= 8;
          continue;
        }
        expect(message, `operation ${at} of ${verb}`).toContain("it is made to fail here");
        expect(await remainsAtLast(id), `operation ${at} of ${verb}: ${message}`).toEqual([]);
        failed.push(message.split(": ")[1] ?? "");
      }
      const operations = new Set(failed);
      for (const name of ["clone", "mount", "pivot", "capabilities", "find-command", "execute"]) {
        expect([...operations]).toContain(name);
      }
    },
    PATIENCE_MILLISECONDS,
  );
});

describe("a container whose maker is killed", () => {
  // Of the shim's two processes either, at a moment that moves along the making of the container.
  it.each(["parent", "child"])(
    "(the %s) leaves nothing that gc does not find",
    async (victim) => {
      const { id, directory } = newBundle(["sleep", "1000"], CONFIGS[0]?.[1] ?? withEverything);
      let killed = 0;
      for (let moment = 0; moment < 25; moment += 1) {
        const find = victim === "parent" ? `pid=$maker` : `pid=$(pgrep -P $maker | head -n 1)`;
        const { stdout } = await sandbox.shell(`
        export MYDOCKER_BIN=${bin}
        mydocker-init run --bundle ${directory} ${id} </dev/null >/dev/null 2>&1 &
        maker=$!
        sleep ${(moment * 0.004).toFixed(3)}
        until [ "$(tr '\\0' ' ' </proc/$maker/cmdline 2>/dev/null | grep -c 'shim run')" = 1 ] || ! kill -0 $maker 2>/dev/null; do :; done
        until ${find}; [ -n "$pid" ] || ! kill -0 $maker 2>/dev/null; do :; done
        kill -KILL $pid 2>/dev/null && echo killed
        wait $maker 2>/dev/null
        mydocker-init gc >/dev/null 2>&1; true`);
        if (stdout.includes("killed")) killed += 1;
        expect(await remainsAtLast(id)).toEqual([]);
      }
      expect(killed).toBeGreaterThan(0);
    },
    PATIENCE_MILLISECONDS,
  );

  it("in the middle of writing the config is gone with gc; who is still writing is left alone", async () => {
    const parent = join(sandbox.paths.run, "init");
    const unfinished = (pid: number) => {
      const name = `.creating.${pid}-abcdefgh.tmp`;
      mkdirSync(join(parent, name), { recursive: true });
      writeFileSync(join(parent, name, "config.json"), '{"ociVersion":"1.2.0","process":{"cwd":"/ro');
      return name;
    };
    const { pid: gone = 0 } = spawnSync("true");
    const [left, live] = [unfinished(gone), unfinished(process.pid)];
    const { code, stdout, stderr } = await sandbox.tool("mydocker-init", ["gc"]);
    expect([code, stdout, stderr]).toEqual([0, `container ${left}\n`, ""]);
    expect(list(parent)).toEqual([live]);
    rmSync(join(parent, live), { recursive: true });
  });
});

it("control: what is left is seen", async () => {
  const { id, directory } = newBundle(["true"], withHooksThatMake);
  await sandbox.shell(
    `export MYDOCKER_BIN=${bin}; mydocker-init create --bundle ${directory} ${id} </dev/null >/dev/null 2>&1`,
  );
  const kinds = new Set(remains(id).map((line) => line.split(" ")[0]));
  expect(kinds).toEqual(new Set(["runtime", "cgroup", "process", "what"]));
  await sandbox.tool("mydocker-init", ["delete", "--force", id]);
  expect(await remainsAtLast(id)).toEqual([]);
});
