import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeImage, pushImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
let app: string;
const image = (args: string[], env?: Record<string, string>) =>
  sandbox.tool("mydocker-image", args, env === undefined ? {} : { env });
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};
const bundle = async (...args: string[]): Promise<OciConfig> => {
  const { code, stdout, stderr } = await image(["bundle", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  app = `${registry.host}/app:1`;
  const layout = join(sandbox.directory, "app");
  const fill = (root: string): void => {
    mkdirSync(join(root, "etc"));
    mkdirSync(join(root, "data"));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/var/www:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\nlog:x:7:web\n");
    writeFileSync(join(root, "data/file"), "from the image");
    chmodSync(join(root, "data"), 0o750);
  };
  const config = {
    User: "web",
    Env: ["A=image", "PATH=/app"],
    Entrypoint: ["/entry"],
    Cmd: ["command"],
    WorkingDir: "/data",
    StopSignal: "SIGINT",
    Volumes: { "/data": {} },
    Labels: { from: "image" },
  };
  makeImage(layout, [fill], { config });
  pushImage(layout, app);
  await image(["pull", "-q", app]);
});

afterEach(async () => {
  for (const id of entries("containers")) await image(["release", id]);
  expect([entries("containers"), entries("names"), entries("tmp")]).toEqual([[], [], []]);
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

describe("the config", () => {
  it("is what the image says, with docker's defaults", async () => {
    const config = await bundle("--id", "c1", "--name", "one", app);
    expect(config.process).toMatchObject({
      args: ["/entry", "command"],
      user: { uid: 33, gid: 34, additionalGids: [7] },
      env: ["PATH=/app", "HOSTNAME=c1", "A=image", "HOME=/var/www"],
      cwd: "/data",
      terminal: false,
      noNewPrivileges: false,
      capabilities: { effective: [], permitted: [], inheritable: [], ambient: [] },
    });
    expect(config.process?.capabilities?.bounding).toHaveLength(14);
    const directory = join(sandbox.paths.root, "containers/c1");
    expect(config.root).toEqual({ path: join(directory, "rootfs"), readonly: false });
    expect(config.annotations).toMatchObject({
      "io.mydocker.id": "c1",
      "io.mydocker.name": "one",
      "io.mydocker.container": directory,
      "io.mydocker.image": app,
      "io.mydocker.stages": "mydocker-image",
      "org.opencontainers.image.stopSignal": "SIGINT",
    });
    expect(config.hooks).toBeUndefined();
    expect(JSON.parse(readFileSync(join(directory, "container.json"), "utf8"))).toMatchObject({
      id: "c1",
      name: "one",
      image: app,
      command: ["/entry", "command"],
      owner: { pid: process.pid },
      labels: { from: "image" },
      stopSignal: "SIGINT",
    });
  });

  it("is what the user says", async () => {
    const file = join(sandbox.directory, "env");
    writeFileSync(file, "FILE=1\nA=file\n");
    const flags = ["-it", "--rm", "-e", "A=user", "--env-file", file, "-w", "/w", "-u", "0", "-h", "host.name"];
    const more = ["--entrypoint", "/other", "--read-only", "-l", "k=v", "--stop-signal", "HUP", "--cap-drop", "ALL"];
    const config = await bundle(
      ...flags,
      ...more,
      "--tmpfs",
      "/run:size=1m",
      "-v",
      "/etc:/host:ro",
      app,
      "--",
      "-x",
      "y",
    );
    expect(config.process).toMatchObject({ args: ["/other", "-x", "y"], user: { uid: 0 }, cwd: "/w", terminal: true });
    expect(config.process?.env).toEqual(
      expect.arrayContaining(["A=user", "FILE=1", "TERM=xterm", "HOSTNAME=host.name", "HOME=/root"]),
    );
    expect(config.process?.capabilities?.bounding).toEqual([]);
    expect(config).toMatchObject({ hostname: "host.name", root: { readonly: true } });
    expect(config.mounts).toEqual(
      expect.arrayContaining([
        { destination: "/host", type: "bind", source: "/etc", options: ["rbind", "rprivate", "ro", "rro"] },
        expect.objectContaining({ destination: "/run", type: "tmpfs" }),
      ]),
    );
    expect(config.annotations).toMatchObject({
      "io.mydocker.stdin-open": "true",
      "io.mydocker.stdin-once": "true",
      "org.opencontainers.image.stopSignal": "SIGHUP",
    });
    expect(config.hooks?.poststop).toMatchObject([{ args: ["mydocker-image", "release"] }]);
    expect(config.annotations?.["io.mydocker.id"]).toMatch(/^[0-9a-f]{64}$/);
    expect(config.annotations?.["io.mydocker.name"]).toMatch(/^[a-z]+_[a-z]+$/);
  });

  it("takes busybox from the installation, with no registry", async () => {
    const config = await bundle("--id", "b1", "-di", "busybox");
    expect(config.process).toMatchObject({ args: ["sh"], user: { uid: 0, gid: 0 }, cwd: "/" });
    expect(config.annotations).toMatchObject({ "io.mydocker.image": "docker.io/library/busybox:latest" });
    expect(config.annotations).toHaveProperty(["io.mydocker.stdin-open"]);
    expect(config.annotations).not.toHaveProperty(["io.mydocker.stdin-once"]);
    const rootfs = (await image(["unpack", "busybox"])).stdout.trim();
    expect(statSync(join(rootfs, "tmp")).mode & 0o7777).toBe(0o1777);
    expect(existsSync(join(rootfs, "bin/sh"))).toBe(true);
    expect(readdirSync(join(rootfs, "var/www"))).toEqual([]);
  });

  it("puts the reaper in front with --init", async () => {
    const config = await bundle("--init", "--entrypoint", "a", app, "--", "b");
    const reaper = "/sbin/mydocker-init-reaper";
    expect(config.process?.args).toEqual([reaper, "reaper", "--", "a", "b"]);
    expect(config.mounts?.at(-1)).toMatchObject({ destination: reaper, type: "bind" });
  });
});

describe("volumes", () => {
  it("gives a new volume what the image has there, mode and all, and keeps what is in it", async () => {
    await bundle("-v", "data:/data", app);
    const data = join(sandbox.paths.root, "volumes/data/_data");
    expect(readFileSync(join(data, "file"), "utf8")).toBe("from the image");
    expect(statSync(data).mode & 0o777).toBe(0o750);
    writeFileSync(join(data, "file"), "changed");
    const config = await bundle("-v", "data:/data", app);
    expect(readFileSync(join(data, "file"), "utf8")).toBe("changed");
    expect(config.mounts?.filter(({ destination }) => destination === "/data")).toEqual([
      { destination: "/data", type: "bind", source: data, options: ["rbind", "rprivate", "rw"] },
    ]);
    await bundle("-v", "empty:/data:nocopy", app);
    expect(entries("volumes/empty/_data")).toEqual([]);
  });

  it("gives a container volumes of its own where the image wants them, and takes them away with it", async () => {
    const config = await bundle("--id", "anonymous", app);
    const source = config.mounts?.find(({ destination }) => destination === "/data")?.source ?? "";
    expect(source).toContain("containers/anonymous/");
    expect(readFileSync(join(source, "file"), "utf8")).toBe("from the image");
    await image(["release", "anonymous"]);
    expect(existsSync(source)).toBe(false);
  });

  it("makes a host directory that is missing", async () => {
    const host = join(sandbox.directory, "made/for/you");
    await bundle("-v", `${host}:/x`, app);
    expect(statSync(host).isDirectory()).toBe(true);
  });

  it("copies nothing of the host's that the image's link names", async () => {
    const layout = join(sandbox.directory, "linked");
    const outside = mkdtempSync(join(sandbox.directory, "outside-"));
    writeFileSync(join(outside, "secret"), "secret");
    const fill = (root: string): void => symlinkSync(outside, join(root, "data"));
    makeImage(layout, [fill], { config: { Volumes: { "/data": {} } } });
    pushImage(layout, `${registry.host}/linked:1`);
    await image(["pull", "-q", `${registry.host}/linked:1`]);
    await bundle("--id", "linked", `${registry.host}/linked:1`);
    expect(entries("containers/linked/volumes/0/_data")).toEqual([]);
  });
});

describe("what fails leaves nothing", () => {
  it.each([
    ["an unknown user", ["-u", "nobody"], "no matching entries"],
    ["a user who is not a number", ["-u", "1000x"], "no matching entries"],
    ["a user id that wraps", ["-u", "4294967296"], "no matching entries"],
    ["a capability that is none", ["--cap-add", "NOPE"], "no such capability"],
    ["a volume that is none", ["-v", "a/b:/c"], "neither a path"],
    ["two mounts in one place", ["-v", "/etc:/a", "--tmpfs", "/a"], "Duplicate mount point"],
    ["an id that is a path", ["--id", "../x"], "container id"],
    ["a name that is none", ["--name", "x"], "container name"],
    ["a host name that is none", ["-h", "a b"], "--hostname"],
    ["a relative directory", ["-w", "x"], "absolute path"],
    ["an env file that is not there", ["--env-file", "/nowhere"], "no such file"],
    ["a signal that is none", ["--stop-signal", "SIGNOPE"], "no such signal"],
    ["a policy that is none", ["--pull", "sometimes"], "missing, always or never"],
    ["a flag that is none", ["--reed-only"], "--read-only"],
  ])("%s", async (_, flags, expected) => {
    const { code, stdout, stderr } = await image(["bundle", ...flags, app]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain(expected);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([entries("containers"), entries("names"), entries("tmp")]).toEqual([[], [], []]);
  });

  it("neither a host directory nor a volume that was made for it", async () => {
    const host = join(sandbox.directory, "not/kept");
    const flags = ["-v", `${host}:/a`, "-v", "fresh:/b", "-v", "/proc/nope/x:/c"];
    expect((await image(["bundle", ...flags, app])).code).toBe(125);
    expect(existsSync(join(sandbox.directory, "not"))).toBe(false);
    expect(entries("volumes")).not.toContain("fresh");
  });

  it("where nobody reads the config", async () => {
    const { code, stderr } = await sandbox.shell(
      `{ sleep 0.3; mydocker-image bundle ${app}; } | true; exit "\${PIPESTATUS[0]}"`,
    );
    expect(code).toBe(125);
    expect(stderr).toContain("gone away");
    expect([entries("containers"), entries("names"), entries("tmp")]).toEqual([[], [], []]);
  });

  it("an image that is nowhere", async () => {
    const never = await image(["bundle", "--pull=never", "nobody/none"]);
    expect(never).toMatchObject({ code: 125, stdout: "" });
    expect(never.stderr).toContain("No such image: nobody/none:latest");
    const missing = await image(["bundle", `${registry.host}/none`]);
    expect(missing.code).toBe(125);
    expect(missing.stderr).toContain(`Unable to find image '${registry.host}/none:latest' locally`);
  });

  it("an image whose passwd is not to be read", async () => {
    const layout = join(sandbox.directory, "zero");
    const fill = (root: string): void => {
      mkdirSync(join(root, "etc"));
      mkdirSync(join(root, "etc/passwd"));
    };
    makeImage(layout, [fill]);
    pushImage(layout, `${registry.host}/zero:1`);
    await image(["pull", "-q", `${registry.host}/zero:1`]);
    const { code, stderr } = await image(["bundle", `${registry.host}/zero:1`]);
    expect(code).toBe(125);
    expect(stderr).toContain("/etc/passwd: not a regular file");
  });
});

describe("names and ids", () => {
  it("tells who has a name or an id", async () => {
    await bundle("--id", "first", "--name", "taken", app);
    const name = await image(["bundle", "--name", "taken", app]);
    expect(name.code).toBe(125);
    expect(name.stderr).toContain('"taken" is already in use by container first');
    const id = await image(["bundle", "--id", "first", app]);
    expect(id.code).toBe(125);
    expect(id.stderr).toContain('"first" is already in use');
    expect(entries("containers")).toEqual(["first"]);
    expect(entries("names")).toEqual(["taken"]);
  });

  it("lets one of many have a name", async () => {
    const results = await Promise.all([1, 2, 3, 4, 5, 6].map(() => image(["bundle", "--name", "wanted", app])));
    expect(results.map(({ code }) => code).sort()).toEqual([0, 125, 125, 125, 125, 125]);
    expect(entries("containers")).toHaveLength(1);
  });

  it("takes a name over from a container whose maker is gone", async () => {
    await sandbox.shell(`bash -c 'mydocker-image bundle --id dead --name heir ${app} >/dev/null; true'`);
    expect(entries("containers")).toEqual(["dead"]);
    await bundle("--id", "alive", "--name", "heir", app);
    expect(entries("containers")).toEqual(["alive"]);
  });
});

describe("release and gc", () => {
  it("is idempotent, and takes a state object", async () => {
    await bundle("--id", "r1", app);
    const state = { ociVersion: "1.2.0", id: "another", annotations: { "io.mydocker.id": "r1" } };
    const input = JSON.stringify(state);
    for (let round = 0; round < 2; round += 1) {
      const result = await sandbox.tool("mydocker-image", ["release"], { input });
      expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(entries("containers")).toEqual([]);
    }
    expect((await image(["release", "../x"])).code).toBe(125);
    expect((await sandbox.tool("mydocker-image", ["release"], { input: "{}" })).code).toBe(125);
  });

  it("removes what a container left deep down", async () => {
    await bundle("--id", "deep", app);
    const upper = join(sandbox.paths.root, "containers/deep/upper");
    const name = "d".repeat(250);
    const made = await sandbox.shell(
      `cd ${upper} && for i in $(seq 40); do mkdir ${name} && cd ${name}; done && touch f`,
    );
    expect(made).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await image(["release", "deep"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("collects what has no owner, and nothing else", async () => {
    await bundle("--id", "mine", "--name", "mine-too", app);
    await sandbox.shell(`bash -c 'mydocker-image bundle --id orphan --name lost ${app} >/dev/null; true'`);
    writeFileSync(join(sandbox.paths.root, "names/stale"), "nobody");
    mkdirSync(join(sandbox.paths.root, "tmp/work-1-1-abc"), { recursive: true });
    // As the store was before layers were unpacked by themselves.
    mkdirSync(join(sandbox.paths.root, "rootfs", "a".repeat(64)), { recursive: true });
    writeFileSync(join(sandbox.paths.root, "images/blobs/sha256", "b".repeat(64)), "");
    // Of writers that were killed; the process that has the last one's number is not so old.
    const ended = (await sandbox.shell("sh -c 'echo $$'")).stdout.trim();
    const unfinished = ["images/index.json", "layers/x.json", "stacks/x.json", "containers/mine/container.json"].map(
      (name) => `${name}.${ended}-abcdefgh.tmp`,
    );
    const current = `layers/y.json.${process.pid}-abcdefgh.tmp`;
    for (const name of [...unfinished, current]) writeFileSync(join(sandbox.paths.root, name), "{");
    const expected = [
      "container orphan",
      "name stale",
      "temporary work-1-1-abc",
      ...unfinished.map((name) => `file ${name}`),
      `rootfs sha256:${"a".repeat(64)}`,
      `blob sha256:${"b".repeat(64)}`,
    ];
    const preview = await image(["gc", "--dry-run"]);
    expect(preview.stdout.trim().split("\n")).toEqual(expected);
    const done = await image(["gc"]);
    expect(done).toEqual({ code: 0, stdout: preview.stdout, stderr: "" });
    expect([entries("containers"), entries("names")]).toEqual([["mine"], ["mine-too"]]);
    expect(await image(["gc"])).toEqual({ code: 0, stdout: "", stderr: "" });
    rmSync(join(sandbox.paths.root, current));
  });

  it("leaves nothing that gc does not find when it is killed", async () => {
    const script = `mydocker-image bundle -v kill:/data ${app} >/dev/null & sleep 0.0$((RANDOM % 5)); kill -9 $!; wait $! 2>/dev/null; true`;
    for (let round = 0; round < 20; round += 1) await sandbox.shell(script);
    await image(["gc"]);
    expect([entries("containers"), entries("names"), entries("tmp")]).toEqual([[], [], []]);
  });
});

describe("mount", () => {
  const mounts = (): string[] =>
    readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(sandbox.paths.root));

  it("makes a config that another runtime runs, which then cleans up", async () => {
    const directory = mkdtempSync(join(sandbox.directory, "bundle-"));
    const runc = `runc --root ${sandbox.directory}/runc run -b . ${sandbox.paths.prefix}`;
    const bundleIt =
      "mydocker-image bundle --id oci --rm -e A=b -h inside busybox -- sh -c 'hostname; echo $A; ls /tmp; exit 3'";
    const { code, stdout } = await sandbox.shell(
      `cd ${directory} && ${bundleIt} | mydocker-image mount >config.json && ${runc}`,
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: "inside\nb\n" });
    const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    expect(config.annotations).not.toHaveProperty(["io.mydocker.rootfs"]);
    expect([mounts(), entries("containers")]).toEqual([[], []]);
  });

  it("is undone whoever has a copy of all the host's mounts", async () => {
    await bundle("--id", "copied", "busybox");
    await image(["mount", "copied"]);
    const undone = await sandbox.shell(
      `exec 3< <(unshare --mount --propagation private sh -c 'echo $$; exec sleep 60'); read -r pid <&3; ` +
        "mydocker-image release copied; code=$?; kill $pid; exit $code",
    );
    expect(undone).toEqual({ code: 0, stdout: "", stderr: "" });
    expect([mounts(), entries("containers")]).toEqual([[], []]);
  });

  it("mounts a container by name, once, and unmounts it", async () => {
    await bundle("--id", "m1", "--name", "mounted", "busybox");
    const rootfs = join(sandbox.paths.root, "containers/m1/rootfs");
    for (let round = 0; round < 2; round += 1) {
      expect(await image(["mount", "mounted"])).toEqual({ code: 0, stdout: `${rootfs}\n`, stderr: "" });
    }
    expect(mounts()).toHaveLength(1);
    writeFileSync(join(rootfs, "new"), "x");
    expect(entries("containers/m1/upper")).toEqual(["new"]);
    for (let round = 0; round < 2; round += 1) {
      expect(await image(["unmount", "mounted"])).toEqual({ code: 0, stdout: "", stderr: "" });
    }
    expect(mounts()).toEqual([]);
    await image(["mount", "m1"]);
    await image(["release", "m1"]);
    expect([mounts(), entries("containers")]).toEqual([[], []]);
    expect(await image(["unmount", "m1"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("does not take the files of a container that another runtime runs", async () => {
    const directory = mkdtempSync(join(sandbox.directory, "bundle-"));
    const name = `${sandbox.paths.prefix}r`;
    const runc = `runc --root ${sandbox.directory}/runc`;
    const started = await sandbox.shell(
      `cd ${directory} && bash -c 'mydocker-image bundle --id busy busybox -- sleep 60 | mydocker-image mount >config.json' && ` +
        `${runc} run -d -b . ${name} >/dev/null 2>&1 </dev/null`,
    );
    try {
      expect(started.code).toBe(0);
      expect(await image(["gc"])).toEqual({ code: 0, stdout: "", stderr: "" });
      const { code, stderr } = await image(["release", "busy"]);
      expect(code).toBe(125);
      expect(stderr).toContain("another runtime");
    } finally {
      await sandbox.shell(`${runc} delete -f ${name}`);
    }
    // runc returns once it has killed; the mount namespace goes when the kernel has buried its last process.
    await expect.poll(async () => (await image(["gc"])).stdout, { timeout: 10_000 }).toBe("container busy\n");
    expect(mounts()).toEqual([]);
  });

  it("is quiet where the stage in front failed, and undoes where it fails itself", async () => {
    expect(await sandbox.tool("mydocker-image", ["mount"], { input: "" })).toEqual({
      code: 125,
      stdout: "",
      stderr: "",
    });
    const config = await bundle("--id", "bad", "busybox");
    const broken = { ...config, root: { path: "/nowhere/at/all" } };
    const { code, stdout, stderr } = await sandbox.tool("mydocker-image", ["mount"], { input: JSON.stringify(broken) });
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain("/nowhere/at/all");
    expect(entries("containers")).toEqual([]);
  });
});

it("has help with an example for every verb, and a suggestion for a wrong one", async () => {
  const verbs = [
    "bundle",
    "release",
    "mount",
    "unmount",
    "pull",
    "push",
    "tag",
    "unpack",
    "list",
    "inspect",
    "commit",
    "repack",
    "export",
    "import",
    "diff",
    "df",
    "remove",
    "gc",
  ];
  for (const verb of verbs) {
    const { code, stdout } = await image([verb, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:");
    const wrong = await image([verb, "--halp"]);
    expect(wrong.code).toBe(125);
    expect(wrong.stderr).toContain("--help");
  }
  expect((await image(["bundel"])).stderr).toContain("mydocker-image bundle");
  expect((await image(["list", "--format", "yaml"])).code).toBe(125);
});

it("only says what it would do with --dry-run", async () => {
  const { code, stdout } = await image([
    "bundle",
    "--dry-run",
    "--id",
    "dry",
    "--name",
    "dry-name",
    "-v",
    "v1:/x",
    app,
  ]);
  expect(code).toBe(0);
  for (const text of ["containers/dry", "names/dry-name", "volume v1"]) expect(stdout).toContain(text);
  expect([entries("containers"), entries("names")]).toEqual([[], []]);
  expect(entries("volumes")).not.toContain("v1");
});
