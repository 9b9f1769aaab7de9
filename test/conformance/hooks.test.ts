import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig, OciHook, OciHooks } from "@mydocker/oci";
import { type BundleRunner, bundleRunner, makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContainer, outputOf } from "../support/detached.ts";

let sandbox: Sandbox;
let run: BundleRunner;

beforeAll(() => {
  sandbox = makeSandbox();
  run = bundleRunner(sandbox);
});

afterAll(() => sandbox.cleanUp());

const init = (...args: string[]) => sandbox.tool("mydocker-init", args);
let files = 0;

/** A file for hooks to write to. */
function newFile(): string {
  files += 1;
  return join(sandbox.directory, `log-${files}`);
}

const linesOf = (path: string): string[] => readFileSync(path, "utf8").trim().split("\n");

const script = (text: string, more: Partial<OciHook> = {}): OciHook => ({
  path: "/bin/sh",
  args: ["sh", "-c", text],
  env: ["PATH=/usr/bin:/bin"],
  ...more,
});

/** Of the kinds that run before the command is executed, or right after. */
const KINDS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"] as const;
const IN_CONTAINER = ["createContainer", "startContainer"];

/** One hook of every kind, each of which runs `text`; `$KIND` says which it is. */
function everyHook(text: string): OciHooks {
  return Object.fromEntries(
    [...KINDS, "poststop"].map((kind) => [kind, [script(text, { env: ["PATH=/usr/bin:/bin", `KIND=${kind}`] })]]),
  );
}

/** A directory that is at the same path in the container, so that all hooks can write to one file. */
function share(config: OciConfig): string {
  const directory = join(sandbox.directory, "shared");
  mkdirSync(directory, { recursive: true });
  config.mounts?.push({ destination: directory, source: directory, options: ["rbind"] });
  return directory;
}

function withHooks(text: (log: string) => string, more: (config: OciConfig) => void = () => {}) {
  files += 1;
  const name = `shared-${files}`;
  let log = "";
  const change = (config: OciConfig): void => {
    log = join(share(config), name);
    config.hooks = everyHook(text(log));
    more(config);
  };
  return { change, path: () => log, log: () => linesOf(log) };
}

/** A process that has ended may not have been looked at by its parent yet. */
function runs(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

function leftovers(id: string): string[] {
  const cgroups = ["memory", "pids", "unified", "."].map((one) =>
    join("/sys/fs/cgroup", one, sandbox.paths.prefix, id),
  );
  return [join(sandbox.paths.run, "init", id), ...cgroups].filter((path) => existsSync(path));
}

async function ended(id: string): Promise<void> {
  const status = async () => JSON.parse((await init("state", id)).stdout).status;
  await expect.poll(status, { timeout: 20_000 }).toBe("stopped");
}

describe("the order of hooks (runtime.md#lifecycle)", () => {
  const ORDER = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

  it("run: every kind once, poststart after the command has been executed", async () => {
    const hooks = withHooks((log) => `echo $KIND >>${log}`);
    // The command waits for poststart, which would never come if the one were waited for before the other.
    const { code, stdout, stderr } = await run(["sh"], (config) => {
      hooks.change(config);
      config.process?.args.push(
        "-c",
        `until [ "$(head -n 5 ${hooks.path()} | wc -l)" = 5 ]; do sleep 0.05; done; echo ran`,
      );
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
    expect(hooks.log()).toEqual(ORDER);
  });

  it("create runs the first three, start the next two, delete the last", async () => {
    const hooks = withHooks((log) => `echo $KIND >>${log}`);
    const { directory } = makeBundle(join(sandbox.directory, "stages"), ["sleep", "1000"], hooks.change);
    expect((await createContainer(sandbox, directory, "stages")).code).toBe(0);
    expect(hooks.log()).toEqual(ORDER.slice(0, 3));
    expect((await init("start", "stages")).code).toBe(0);
    expect(hooks.log()).toEqual(ORDER.slice(0, 5));
    await init("kill", "stages", "KILL");
    await ended("stages");
    expect((await init("delete", "stages")).code).toBe(0);
    expect(hooks.log()).toEqual(ORDER);
  });

  it("start returns when the command has been executed and poststart has run", async () => {
    const hooks = withHooks(
      (log) => `[ $KIND != poststart ] || cat /proc/$(grep -o '"pid":[0-9]*' | cut -d: -f2)/comm >${log}`,
    );
    const { directory } = makeBundle(join(sandbox.directory, "executed"), ["sleep", "1000"], hooks.change);
    await createContainer(sandbox, directory, "executed");
    await init("start", "executed");
    expect(hooks.log()).toEqual(["sleep"]);
    await init("delete", "--force", "executed");
  });

  it("hooks of one kind run in the order listed, one after the other", async () => {
    const log = newFile();
    await run(["true"], (config) => {
      const append = (text: string) => script(`sleep 0.1; echo ${text} >>${log}`);
      config.hooks = { createRuntime: ["a", "b", "c"].map(append), poststop: ["d", "e"].map(append) };
    });
    expect(linesOf(log)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("config.json's null for no hooks is taken", async () => {
    const { code } = await run(["true"], (config) => {
      config.hooks = { prestart: null, poststop: null };
    });
    expect(code).toBe(0);
  });
});

describe("what a hook gets", () => {
  it("the state on stdin: version, id, bundle, annotations, and the status of its moment", async () => {
    const hooks = withHooks(
      (log) => `printf '%s ' $KIND >>${log}; cat >>${log}; echo >>${log}`,
      (config) => {
        config.annotations = { "org.example.a": 'quoted " and \\ and é' };
      },
    );
    const { id, bundle } = await run(["true"], hooks.change);
    const states = hooks.log().map((line) => JSON.parse(line.slice(line.indexOf(" "))));
    const common = { ociVersion: "1.2.0", id, bundle: bundle.directory, annotations: bundle.config.annotations };
    expect(states).toMatchObject(states.map(() => common));
    expect(states.map(({ status }) => status)).toEqual([
      ...["creating", "creating", "creating", "created", "running", "stopped"],
    ]);
    const [prestart, createRuntime, createContainer, startContainer, poststart, poststop] = states.map(
      ({ pid }) => pid,
    );
    expect([createContainer, startContainer, poststop]).toEqual([1, 1, 0]);
    expect(prestart).toBeGreaterThan(1);
    expect([createRuntime, poststart]).toEqual([prestart, prestart]);
  });

  it("without a pid namespace, the same pid everywhere", async () => {
    const hooks = withHooks(
      (log) => `grep -o '"pid":[0-9]*' >>${log}`,
      (config) => {
        if (config.linux?.namespaces !== undefined) {
          config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== "pid");
        }
      },
    );
    await run(["true"], (config) => {
      hooks.change(config);
      // busybox of the image has no grep: a builtin will do.
      if (config.hooks?.startContainer !== undefined) delete config.hooks.startContainer;
    });
    expect(new Set(hooks.log().slice(0, 4)).size).toBe(1);
  });

  it("the namespaces: the runtime's, but for createContainer and startContainer, which get the container's", async () => {
    const hooks = withHooks((log) => `echo $KIND $(hostname) >>${log}`);
    await run(["true"], (config) => {
      hooks.change(config);
      // The name is set behind createContainer: that one has the namespace, with the host's name in it.
      config.hooks = { ...config.hooks, createContainer: [script("hostname made-by-hook")] };
    });
    const host = readFileSync("/proc/sys/kernel/hostname", "utf8").trim();
    const names = Object.fromEntries(hooks.log().map((line) => line.split(" ")));
    expect(names).toEqual({
      prestart: host,
      createRuntime: host,
      startContainer: "box",
      poststart: host,
      poststop: host,
    });
  });

  it.each(["mnt", "net", "uts", "pid", "ipc"])("the %s namespace of a hook is that of its kind", async (namespace) => {
    const hooks = withHooks((log) => `echo $KIND $(busybox readlink /proc/self/ns/${namespace}) >>${log}`);
    const command = ["busybox", "readlink", `/proc/self/ns/${namespace}`];
    const bundle = makeBundle(join(sandbox.directory, `ns-${namespace}`), command, hooks.change);
    const { stdout } = await init("run", "--bundle", bundle.directory, `ns-${namespace}`);
    const own = readlinkSync(`/proc/self/ns/${namespace}`);
    expect(stdout.trim()).not.toBe(own);
    for (const line of hooks.log()) {
      const [kind = "", link] = line.split(" ");
      expect([kind, link]).toEqual([kind, IN_CONTAINER.includes(kind) ? stdout.trim() : own]);
    }
  });

  it("createContainer: the runtime's file system, with the container's mounts below its root", async () => {
    const log = newFile();
    const { code } = await run(["true"], (config) => {
      const look = `cat ${sandbox.directory}/canary; grep -c " $(dirname ${log})/bundle-[0-9]*/rootfs/proc " /proc/self/mountinfo`;
      writeFileSync(join(sandbox.directory, "canary"), "host\n");
      config.hooks = { createContainer: [script(`{ ${look}; } >${log}`)] };
    });
    expect(code).toBe(0);
    expect(linesOf(log)).toEqual(["host", "1"]);
  });

  it("createContainer: what it mounts below the root is the container's", async () => {
    const { stdout, stderr } = await run(["cat", "/tmp/mounted"], (config) => {
      const rootfs = join(sandbox.directory, `bundle-$(grep -o '"id":"[^"]*' | grep -o '[0-9]*$')`, "rootfs");
      config.hooks = {
        createContainer: [script(`r=${rootfs}; mount -t tmpfs none $r/tmp && echo yes >$r/tmp/mounted`)],
      };
    });
    expect({ stdout, stderr }).toEqual({ stdout: "yes\n", stderr: "" });
  });

  it("startContainer: the path is looked up in the container, and it has what the command has: user, capabilities, seccomp", async () => {
    const { stdout, stderr } = await run(["cat", "/tmp/got"], (config) => {
      if (config.process === undefined) return;
      config.process.user = { uid: 33, gid: 33, additionalGids: [4] };
      config.process.noNewPrivileges = true;
      config.process.capabilities = { bounding: ["CAP_CHOWN"], effective: [], permitted: [] };
      config.linux = {
        ...config.linux,
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
        },
      };
      config.mounts?.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"] });
      const only = "grep -E '^(Groups|CapBnd|CapEff|NoNewPrivs|Seccomp):' /proc/self/status";
      config.hooks = {
        startContainer: [
          {
            path: "/bin/busybox",
            args: ["busybox", "sh", "-c", `{ busybox id -u; busybox ${only}; } >/tmp/got`],
            env: ["PATH=/bin"],
          },
        ],
      };
    });
    expect(stderr).toBe("");
    expect(stdout.replaceAll("\t", " ")).toBe(
      "33\nGroups: 4 33 \nCapEff: 0000000000000000\nCapBnd: 0000000000000001\nNoNewPrivs: 1\nSeccomp: 2\n".replace(
        "4 33",
        "4",
      ),
    );
  });

  it("its environment, exactly: nothing of the runtime's", async () => {
    const log = newFile();
    await run(["true"], (config) => {
      config.hooks = {
        prestart: [{ path: "/usr/bin/env", args: ["env"], env: ["ONLY=this", "EMPTY=", "EQUALS=a=b"] }],
        createRuntime: [script(`tr '\\0' ' ' </proc/$$/environ >${log}`, { env: ["B=2"] })],
      };
    });
    expect(linesOf(log)).toEqual(["B=2"]);
  });

  it("args[0] as given, and the path where there are no args", async () => {
    const log = newFile();
    const named = join(sandbox.directory, "named");
    writeFileSync(named, `#!/bin/sh\necho "$#" >>${log}\n`, { mode: 0o755 });
    await run(["true"], (config) => {
      config.hooks = {
        prestart: [
          script(`cat /proc/$$/cmdline | tr '\\0' ' ' | cut -c1-6 >>${log}`, {
            args: ["other", "-c", `cat /proc/$$/cmdline | cut -c1-5 >>${log}`],
          }),
        ],
        createRuntime: [{ path: named }],
      };
    });
    expect(linesOf(log)).toEqual(["other", "0"]);
  });
});

describe("a hook that misbehaves", () => {
  it.each(KINDS)("%s: reads no stdin and says a lot, and neither hangs nor hurts", async (kind) => {
    const flood = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2";
    const { code, stdout } = await run(["echo", "ran"], (config) => {
      config.annotations = { big: "x".repeat(200_000) };
      config.hooks = { [kind]: [script(`exec <&-; ${flood}`), script("exit 0")] };
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "ran\n" });
  });

  it.each(KINDS)("%s: a process that it leaves behind is not waited for", async (kind) => {
    const hooks = withHooks((log) => `[ $KIND != ${kind} ] || { sleep 1000 & echo $! >${log}; }`);
    expect((await run(["true"], hooks.change)).code).toBe(0);
    // One in the container's pid namespace has ended with it.
    const left = Number(hooks.log()[0]);
    if (IN_CONTAINER.includes(kind)) return;
    expect(runs(left)).toBe(true);
    process.kill(left, "SIGKILL");
  });
});

describe("a hook that fails", () => {
  const FAILING = "echo out; echo 'because of me' >&2; exit 3";

  it.each(KINDS)("%s: run fails and says why, nothing is left, poststop hooks run", async (kind) => {
    const log = newFile();
    const { code, stdout, stderr, id } = await run(["sleep", "1000"], (config) => {
      config.hooks = { [kind]: [script(FAILING)], poststop: [script(`cat >${log}`)] };
    });
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^mydocker-init run: .*${kind} hook /bin/sh: exit code 3: out because of me\n$`));
    expect(leftovers(id)).toEqual([]);
    expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({ id, status: "stopped", pid: 0 });
  });

  it.each(["prestart", "createRuntime", "createContainer"])(
    "%s: create fails, and the id is free again",
    async (kind) => {
      const log = newFile();
      const { directory } = makeBundle(join(sandbox.directory, `create-${kind}`), ["true"], (config) => {
        config.hooks = {
          [kind]: [script(FAILING), script(`echo second >>${log}`)],
          poststop: [script(`echo poststop >>${log}`)],
        };
      });
      const { code, stderr } = await createContainer(sandbox, directory, "failing");
      expect({ code, stderr }).toEqual({
        code: 125,
        stderr: expect.stringContaining(`${kind} hook /bin/sh: exit code 3: out because of me`),
      });
      expect(leftovers("failing")).toEqual([]);
      // The hook behind the one that fails is not run.
      expect(linesOf(log)).toEqual(["poststop"]);
      expect((await init("state", "failing")).stderr).toContain("does not exist");
    },
  );

  it.each(["startContainer", "poststart"])(
    "%s: start fails, the container is destroyed, poststop hooks run",
    async (kind) => {
      const log = newFile();
      const id = `starting-${kind}`;
      const { directory } = makeBundle(join(sandbox.directory, id), ["sleep", "1000"], (config) => {
        config.hooks = { [kind]: [script(FAILING)], poststop: [script(`echo poststop >>${log}`)] };
      });
      expect((await createContainer(sandbox, directory, id)).code).toBe(0);
      const { pid } = JSON.parse((await init("state", id)).stdout);
      const { code, stderr } = await init("start", id);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`${kind} hook /bin/sh: exit code 3`);
      expect(stderr).toContain("because of me");
      expect(leftovers(id)).toEqual([]);
      expect(runs(pid)).toBe(false);
      expect(linesOf(log)).toEqual(["poststop"]);
    },
  );

  it("poststop: a warning, the next one runs, and the exit code stays", async () => {
    const log = newFile();
    const { code, stderr, id } = await run(["sh", "-c", "exit 7"], (config) => {
      config.hooks = { poststop: [script("exit 3"), script(`echo next >${log}`)] };
    });
    expect(code).toBe(7);
    expect(stderr).toBe("mydocker-init run: warning: poststop hook /bin/sh: exit code 3\n");
    expect([linesOf(log), leftovers(id)]).toEqual([["next"], []]);
  });

  it("for its path: an error that names it", async () => {
    const { code, stderr } = await run(["true"], (config) => {
      config.hooks = { createRuntime: [{ path: "/no/such/hook" }] };
    });
    expect(code).toBe(125);
    expect(stderr).toMatch(/createRuntime hook \/no\/such\/hook: ENOENT/);
  });

  it("poststop hooks do not run where no hook had begun: the container was never attempted", async () => {
    const log = newFile();
    const { code } = await run(["true"], (config) => {
      config.mounts?.push({ destination: "/x", type: "nosuchfs", source: "x" });
      config.hooks = { createRuntime: [script("true")], poststop: [script(`touch ${log}`)] };
    });
    expect([code, existsSync(log)]).toEqual([125, false]);
  });

  it("a failure behind the hooks runs the poststop hooks: what they made is undone", async () => {
    const log = newFile();
    const { code } = await run(["no-such-command"], (config) => {
      config.hooks = { prestart: [script("true")], poststop: [script(`echo undone >${log}`)] };
    });
    expect([code, linesOf(log)]).toEqual([127, ["undone"]]);
  });
});

describe("timeouts", () => {
  it.each(KINDS)("%s: is killed after its seconds, which is an error", async (kind) => {
    const { code, stderr, id } = await run(["sleep", "1000"], (config) => {
      config.hooks = { [kind]: [script("echo waiting; exec sleep 1000", { timeout: 1 })] };
    });
    expect(code).toBe(125);
    expect(stderr).toContain(`${kind} hook /bin/sh: killed, for its timeout is over: waiting`);
    expect(leftovers(id)).toEqual([]);
  });

  it("poststop: is killed, and the rest goes on", async () => {
    const log = newFile();
    const { code, stderr } = await run(["true"], (config) => {
      config.hooks = { poststop: [script("exec sleep 1000", { timeout: 1 }), script(`echo next >${log}`)] };
    });
    expect([code, linesOf(log)]).toEqual([0, ["next"]]);
    expect(stderr).toContain("poststop hook /bin/sh: killed, for its timeout is over");
  });

  it("must be above 0", async () => {
    const { code, stderr } = await run(["true"], (config) => {
      config.hooks = { prestart: [script("true", { timeout: 0 })] };
    });
    expect([code, stderr]).toEqual([125, expect.stringContaining("hooks.prestart[0].timeout")]);
  });
});

describe("the state of a container whose hooks run", () => {
  it.each(["prestart", "createContainer"] as const)(
    "is creating during %s, and it can be neither started nor joined",
    async (kind) => {
      const log = newFile();
      const go = newFile();
      const id = `creating-${kind}`;
      const { directory } = makeBundle(join(sandbox.directory, id), ["sleep", "1000"], (config) => {
        config.hooks = { [kind]: [script(`touch ${log}; until [ -e ${go} ]; do sleep 0.05; done`)] };
      });
      const created = createContainer(sandbox, directory, id);
      await expect.poll(() => existsSync(log), { timeout: 20_000 }).toBe(true);
      expect(JSON.parse((await init("state", id)).stdout)).toMatchObject({ status: "creating" });
      expect(await init("start", id)).toMatchObject({ code: 1, stderr: expect.stringContaining("is creating") });
      expect((await init("exec", id, "true")).code).toBe(1);
      writeFileSync(go, "");
      expect((await created).code).toBe(0);
      expect(JSON.parse((await init("state", id)).stdout)).toMatchObject({ status: "created" });
      expect((await init("start", id)).code).toBe(0);
      await init("delete", "--force", id);
    },
  );

  it("of a run is creating as well, until the command is executed", async () => {
    const log = newFile();
    await run(["true"], (config) => {
      config.hooks = {
        createRuntime: [
          script(
            `id=$(grep -o '"id":"[^"]*' | cut -d'"' -f4); mydocker-init state $id >${log}; mydocker-init exec $id true; echo $? >>${log}`,
            {
              env: Object.entries(sandbox.env).map(([key, value]) => `${key}=${value}`),
            },
          ),
        ],
      };
    });
    const lines = linesOf(log);
    expect(lines.pop()).toBe("1");
    expect(JSON.parse(lines.join("\n"))).toMatchObject({ status: "creating" });
  });
});

describe("a container with a monitor", () => {
  /** Created, with a record; its directory is the bundle. */
  async function create(id: string, args: string[], hooks: OciHooks): Promise<string> {
    const bundle = makeBundle(join(sandbox.directory, id), args, (config) => {
      config.annotations = { "io.mydocker.id": id, "io.mydocker.container": join(sandbox.directory, id) };
      config.hooks = hooks;
    });
    const { code, stderr } = await init("create", "--bundle", bundle.directory, id);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return bundle.directory;
  }

  it("runs poststart hooks when its client starts it, and relays its output meanwhile", async () => {
    const log = newFile();
    // More than a pipe holds: were the output not relayed while the hook runs, both would wait for ever.
    const until = `until [ $(grep -c '' ${join(sandbox.directory, "attached/log")}) -ge 3000 ]; do sleep 0.05; done`;
    const flood =
      "i=0; while [ $i -lt 3000 ]; do echo a line of some sixty bytes, of which three thousand are said; i=$((i+1)); done";
    await create("attached", ["sh", "-c", flood], {
      poststart: [script(`${until}; cat >${log}`)],
    });
    const { code, stdout } = await init("attach", "--start", "attached");
    expect([code, stdout.split("\n").length]).toEqual([0, 3001]);
    expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({ id: "attached", status: "running" });
  });

  it("start returns when poststart has run, with its failure if it failed, and then nothing is left", async () => {
    const log = newFile();
    const good = await create("good", ["sleep", "1000"], { poststart: [script(`sleep 0.3; touch ${log}`)] });
    expect([(await init("start", "good")).code, existsSync(log), existsSync(join(good, "exit.json"))]).toEqual([
      0,
      true,
      false,
    ]);
    await init("delete", "--force", "good");

    const bad = await create("bad", ["sleep", "1000"], { poststart: [script("echo because >&2; exit 1")] });
    const { code, stderr } = await init("start", "bad");
    const message = "poststart hook /bin/sh: exit code 1: because";
    expect({ code, stderr }).toEqual({ code: 125, stderr: `mydocker-init start: ${message}\n` });
    expect(JSON.parse(readFileSync(join(bad, "exit.json"), "utf8"))).toMatchObject({ exitCode: 125, error: message });
    expect(leftovers("bad")).toEqual([]);
  });

  it("run --detach returns when poststart has run, with its failure", async () => {
    const log = newFile();
    const id = "detached";
    const change = (exit: number) => (config: OciConfig) => {
      config.annotations = {
        "io.mydocker.id": id,
        "io.mydocker.container": join(sandbox.directory, `detached-${exit}`),
      };
      config.hooks = { poststart: [script(`sleep 0.3; echo said; touch ${log}; exit ${exit}`)] };
    };
    for (const exit of [0, 1]) {
      const { directory } = makeBundle(join(sandbox.directory, `detached-${exit}`), ["sleep", "1000"], change(exit));
      const { code, stdout, stderr } = await init("run", "--detach", "--bundle", directory, id);
      const failed = {
        code: 125,
        stdout: "",
        stderr: expect.stringContaining("poststart hook /bin/sh: exit code 1: said"),
      };
      expect({ code, stdout, stderr }).toEqual(exit === 0 ? { code: 0, stdout: `${id}\n`, stderr: "" } : failed);
      expect(existsSync(log)).toBe(true);
      if (exit === 0) await init("delete", "--force", id);
    }
    expect(leftovers(id)).toEqual([]);
  });

  it("startContainer's failure is start's, and its clients'", async () => {
    const hooks = { startContainer: [script("echo no >&2; exit 9")] };
    await create("refused", ["echo", "never"], hooks);
    const started = await init("start", "refused");
    expect(started).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("startContainer hook /bin/sh: exit code 9: no"),
    });
    await create("refused-too", ["echo", "never"], hooks);
    const attached = await init("attach", "--start", "refused-too");
    expect(attached).toMatchObject({ code: 125, stdout: "", stderr: expect.stringContaining("exit code 9: no") });
    expect([...leftovers("refused"), ...leftovers("refused-too")]).toEqual([]);
  });
});

it("a container that joins another's pid namespace has its hooks in the runtime's", async () => {
  const { directory } = makeBundle(join(sandbox.directory, "first"), ["sleep", "1000"]);
  await createContainer(sandbox, directory, "first");
  await init("start", "first");
  const { pid } = JSON.parse((await init("state", "first")).stdout);
  const hooks = withHooks((log) => `echo $KIND $(readlink /proc/self/ns/pid) >>${log}`);
  await run(["true"], (config) => {
    hooks.change(config);
    const namespace = config.linux?.namespaces?.find(({ type }) => type === "pid");
    if (namespace !== undefined) namespace.path = `/proc/${pid}/ns/pid`;
    config.hooks = { ...config.hooks, startContainer: [], createContainer: [] };
  });
  await init("delete", "--force", "first");
  const own = readlinkSync("/proc/self/ns/pid");
  expect(hooks.log().map((line) => line.split(" ")[1])).toEqual([own, own, own, own]);
});

it("hooks are in the plan, where they are run", async () => {
  const hooks = withHooks(() => "true");
  const { directory } = makeBundle(join(sandbox.directory, "planned"), ["true"], hooks.change);
  const { stdout } = await init("plan", "--bundle", directory, "planned");
  const names = stdout.split("\n").map((line) => line.trim().split(" ").slice(0, 2).join(" "));
  const places = [
    "runtime-hook prestart",
    "runtime-hook createRuntime",
    "container-hook createContainer",
    "pivot",
    "container-hook startContainer",
    "execute true",
    "started-hook poststart",
    "hook poststop",
  ].map((name) => names.indexOf(name));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

it("the container keeps its output apart from its hooks'", async () => {
  const { directory } = makeBundle(join(sandbox.directory, "apart"), ["echo", "mine"], (config) => {
    config.hooks = Object.fromEntries(KINDS.map((kind) => [kind, [script("echo hook; echo hook >&2")]]));
  });
  await createContainer(sandbox, directory, "apart");
  await init("start", "apart");
  await ended("apart");
  expect(outputOf(directory)).toBe("mine\n");
  await init("delete", "apart");
  expect(readdirSync(join(sandbox.paths.run, "init"))).toEqual([]);
});
