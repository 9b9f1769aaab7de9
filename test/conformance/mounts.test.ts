import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig, OciMount } from "@mydocker/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BundleRunner,
  bundleRunner,
  makeBundle,
  makeSandbox,
  type Sandbox,
} from "../../packages/testing/src/index.ts";
import { addUserNamespace, allow, IDS, remainsOf, setNamespace } from "../support/conformance.ts";
import { mountAt, parseMountInfo } from "../support/mountinfo.ts";

let sandbox: Sandbox;
let run: BundleRunner;
/** A directory of the host's, with a file. */
let source: string;

beforeAll(() => {
  sandbox = makeSandbox();
  run = bundleRunner(sandbox);
  source = join(sandbox.directory, "source");
  mkdirSync(source);
  writeFileSync(join(source, "file"), "from the host");
});

afterAll(() => sandbox.cleanUp());

/** Runs a container with more mounts, and says what is mounted in it. */
async function mountInfo(mounts: OciMount[], change?: (config: OciConfig) => void): Promise<string> {
  const { stdout, stderr, code } = await run(["cat", "/proc/self/mountinfo"], (config) => {
    config.mounts?.push(...mounts);
    change?.(config);
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

const tmpfs = (...options: string[]): OciMount => ({ destination: "/x", type: "tmpfs", source: "tmpfs", options });
const bind = (...options: string[]): OciMount => ({ destination: "/x", source, options: ["bind", ...options] });
/** On a directory that the image has: its root belongs to nobody in a user namespace, who could make one. */
const bindInImage = (...options: string[]): OciMount => ({ ...bind(...options), destination: "/root" });

/** What a slave of a mount of the host shows: the peer group it belongs to, where the host shares its mounts as systemd does. */
function slaveOfHost(): unknown[] {
  const { propagation } = mountAt(readFileSync("/proc/self/mountinfo", "utf8"), "/");
  return propagation.some((field) => field.startsWith("shared:")) ? [expect.stringMatching(/^master:\d+$/)] : [];
}

describe("mounts: options of the mount", () => {
  const OPTIONS: [option: string, before: string[], shown: string, hidden: string[]][] = [
    ["ro", [], "ro", ["rw"]],
    ["rw", ["ro"], "rw", ["ro"]],
    ["nosuid", [], "nosuid", []],
    ["suid", ["nosuid"], "", ["nosuid"]],
    ["nodev", [], "nodev", []],
    ["dev", ["nodev"], "", ["nodev"]],
    ["noexec", [], "noexec", []],
    ["exec", ["noexec"], "", ["noexec"]],
    ["noatime", [], "noatime", ["relatime"]],
    ["atime", ["noatime"], "relatime", ["noatime"]],
    ["relatime", ["noatime"], "relatime", ["noatime"]],
    ["norelatime", ["noatime"], "relatime", ["noatime"]],
    ["strictatime", [], "", ["relatime", "noatime"]],
    ["nostrictatime", ["strictatime"], "relatime", []],
    ["nodiratime", [], "nodiratime", []],
    ["diratime", ["nodiratime"], "", ["nodiratime"]],
    ["nosymfollow", [], "nosymfollow", []],
    ["symfollow", ["nosymfollow"], "", ["nosymfollow"]],
    ...["defaults", "async", "loud", "silent", "nomand", "noiversion", "nolazytime"].map(
      (option): [string, string[], string, string[]] => [option, [], "rw", []],
    ),
  ];

  it.each(OPTIONS)("%s, on a file system and on a bind", async (option, before, shown, hidden) => {
    for (const mount of [tmpfs(...before, option), bind(...before, option)]) {
      const { options } = mountAt(await mountInfo([mount]), "/x");
      if (shown !== "") expect(options).toContain(shown);
      for (const name of hidden) expect(options).not.toContain(name);
    }
  });

  it("in a container with a user namespace", async () => {
    const info = await mountInfo([bindInImage("ro", "nosuid", "nodev", "noexec", "noatime")], (config) =>
      addUserNamespace(config),
    );
    expect(mountAt(info, "/root").options).toEqual(["ro", "nosuid", "nodev", "noexec", "noatime"]);
  });
});

describe("mounts: recursive options", () => {
  /** A source with a mount below it, in a mount namespace that only the test has. */
  async function recursive(option: string, ...before: string[]): Promise<{ top: string[]; below: string[] }> {
    const directory = join(sandbox.directory, `recursive-${option}-${before.join("-")}`);
    makeBundle(directory, ["cat", "/proc/self/mountinfo"], (config) => {
      config.mounts?.push({ destination: "/x", source: "tree", options: ["rbind", ...before, option] });
    });
    mkdirSync(join(directory, "tree"));
    const { stdout, stderr } = await sandbox.shell(
      `unshare -m sh -ec 'mount -t tmpfs t ${directory}/tree; mkdir ${directory}/tree/below; mount -t tmpfs t ${directory}/tree/below; exec mydocker-init run -b ${directory} recursive-${option}-${before.join("-")}'`,
    );
    expect(stderr).toBe("");
    return { top: mountAt(stdout, "/x").options, below: mountAt(stdout, "/x/below").options };
  }

  it.each([
    ["rro", "ro"],
    ["rnosuid", "nosuid"],
    ["rnodev", "nodev"],
    ["rnoexec", "noexec"],
    ["rnoatime", "noatime"],
    ["rnodiratime", "nodiratime"],
    ["rnosymfollow", "nosymfollow"],
  ])("%s is for all that is mounted below", async (option, shown) => {
    const { top, below } = await recursive(option);
    expect(top).toContain(shown);
    expect(below).toContain(shown);
  });

  it.each([
    ["rrw", "rro", "ro"],
    ["rsuid", "rnosuid", "nosuid"],
    ["rdev", "rnodev", "nodev"],
    ["rexec", "rnoexec", "noexec"],
    ["ratime", "rnoatime", "noatime"],
    ["rrelatime", "rnoatime", "noatime"],
    ["rnorelatime", "rnoatime", "noatime"],
    ["rnostrictatime", "rnoatime", "noatime"],
    ["rdiratime", "rnodiratime", "nodiratime"],
    ["rsymfollow", "rnosymfollow", "nosymfollow"],
  ])("%s takes back %s", async (option, before, hidden) => {
    const { top, below } = await recursive(option, before);
    expect(top).not.toContain(hidden);
    expect(below).not.toContain(hidden);
  });

  it("rstrictatime is for all that is mounted below", async () => {
    const { top, below } = await recursive("rstrictatime");
    expect([...top, ...below]).not.toContain("relatime");
  });

  it("ro is for the mount alone, beside a recursive option", async () => {
    const { top, below } = await recursive("rnosuid", "ro");
    expect(top).toEqual(expect.arrayContaining(["ro", "nosuid"]));
    expect(below).toEqual(expect.arrayContaining(["rw", "nosuid"]));
  });
});

describe("mounts: options of the file system", () => {
  it.each(["sync", "dirsync", "lazytime"])("%s", async (option) => {
    expect(mountAt(await mountInfo([tmpfs(option)]), "/x").superOptions).toContain(option);
  });

  it("mand, which kernels since 5.15 take and do nothing for", async () => {
    expect(mountAt(await mountInfo([tmpfs("mand")]), "/x").type).toBe("tmpfs");
  });

  it("iversion, with the options of the file system beside it", async () => {
    const { options, superOptions } = mountAt(await mountInfo([tmpfs("iversion", "nosuid", "size=64k")]), "/x");
    expect(options).toContain("nosuid");
    expect(superOptions).toContain("size=64k");
  });

  it("hands what it does not know to the file system", async () => {
    const { superOptions } = mountAt(await mountInfo([tmpfs("size=128k", "mode=700", "uid=33")]), "/x");
    expect(superOptions).toEqual(expect.arrayContaining(["size=128k", "mode=700", "uid=33"]));
  });

  it("fails, in one line and with the kernel's words, for what the file system does not know either", async () => {
    const { code, stderr, id } = await run(["true"], (config) => config.mounts?.push(tmpfs("nosuchoption=1")));
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toMatch(/nosuchoption=1: EINVAL.*the kernel says: tmpfs: Unknown parameter 'nosuchoption'\n$/);
  });

  it("takes options that are longer than fsconfig(2) does", async () => {
    const lower = join(sandbox.directory, "l".repeat(140), "o".repeat(140));
    mkdirSync(lower, { recursive: true });
    writeFileSync(join(lower, "lower"), "");
    const { stdout, stderr } = await run(["ls", "/x"], (config) => {
      config.mounts?.push({
        destination: "/x",
        type: "overlay",
        source: "overlay",
        options: [`lowerdir=${lower}:${source}`],
      });
    });
    expect({ stdout, stderr }).toEqual({ stdout: "file\nlower\n", stderr: "" });
  });
});

describe("mounts: remount", () => {
  it("changes what was mounted before, and keeps what it does not mention", async () => {
    const info = await mountInfo([tmpfs("nosuid", "size=64k"), tmpfs("remount", "ro", "size=128k")]);
    expect(mountAt(info, "/x")).toMatchObject({
      options: expect.arrayContaining(["ro", "nosuid"]),
      superOptions: expect.arrayContaining(["size=128k"]),
    });
    expect(parseMountInfo(info).filter(({ target }) => target === "/x")).toHaveLength(1);
  });

  it("with bind changes the mount alone", async () => {
    const info = await mountInfo([bind(), { destination: "/x", options: ["remount", "bind", "ro", "noexec"] }]);
    expect(mountAt(info, "/x").options).toEqual(expect.arrayContaining(["ro", "noexec"]));
  });

  it("of the root makes it read-only for the container, and not for the host", async () => {
    const { stderr, bundle } = await run(["touch", "/made"], (config) => {
      config.mounts?.push({ destination: "/", options: ["remount", "ro"] });
    });
    expect(stderr).toContain("Read-only file system");
    writeFileSync(join(bundle.rootfs, "of-the-host"), "");
  });

  it("refuses to set options of a file system that is the host's", async () => {
    const { code, stderr } = await run(["true"], (config) => {
      config.mounts?.push(bind(), { destination: "/x", options: ["remount", "sync"] });
    });
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("not the container's own") });
  });

  it("fails where nothing is mounted", async () => {
    const { code, stderr } = await run(["true"], (config) => {
      config.mounts?.push({ destination: "/tmp", options: ["remount", "ro"] });
    });
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("/tmp: EINVAL") });
  });
});

describe("mounts: propagation", () => {
  it.each([
    ["private", []],
    ["rprivate", []],
    ["shared", [expect.stringMatching(/^shared:/)]],
    ["rshared", [expect.stringMatching(/^shared:/)]],
    ["slave", []],
    ["rslave", []],
    ["unbindable", ["unbindable"]],
    ["runbindable", ["unbindable"]],
  ])("%s, on a file system and on a bind", async (option, shown) => {
    expect(mountAt(await mountInfo([tmpfs(option)]), "/x").propagation).toEqual(shown);
    // What is bound is the host's, and may be a peer of others there.
    const ofBind = option.endsWith("slave") ? slaveOfHost() : shown;
    expect(mountAt(await mountInfo([bind(option)]), "/x").propagation).toEqual(ofBind);
  });

  let count = 0;

  /**
   * A "host" of the test's own, with a shared mount, a container that binds it, and a mount made in either. What `ls` then shows on
   * the other side.
   */
  async function events(options: string[], change?: (config: OciConfig) => void) {
    count += 1;
    const id = `${sandbox.paths.prefix}-propagation-${count}`;
    const directory = join(sandbox.directory, id);
    makeBundle(directory, ["sleep", "1000"], (config) => {
      config.mounts?.push({ destination: "/root", source: "tree", options: ["rbind", ...options] });
      allow(config, "CAP_SYS_ADMIN");
      change?.(config);
    });
    mkdirSync(join(directory, "tree"));
    const script = `
      cd ${directory}
      mount -t tmpfs t tree; mount --make-shared tree; mkdir tree/from-host tree/from-container; chmod 777 tree/*
      mydocker-init create -b . ${id} </dev/null >log 2>&1 || cat log >&2
      mydocker-init start ${id}
      mount -t tmpfs t tree/from-host; touch tree/from-host/seen-in-container
      mydocker-init exec ${id} sh -c 'ls /root/from-host; mount -t tmpfs t /root/from-container && touch /root/from-container/seen-on-host'
      ls tree/from-container
      mydocker-init delete --force ${id}`;
    const { stdout, stderr } = await sandbox.shell("unshare -m bash -s", { input: script });
    return { stderr, seen: stdout.split("\n").filter(Boolean) };
  }

  it.each([
    [[], []],
    [["rprivate"], []],
    [["rslave"], ["seen-in-container"]],
    [["rshared"], ["seen-in-container", "seen-on-host"]],
  ])("with %j the other side sees %j", async (options, seen) => {
    expect(await events(options)).toEqual({ stderr: "", seen });
  });

  it("lets nothing out of a container with a user namespace, even with rshared", async () => {
    expect(await events(["rshared"], (config) => addUserNamespace(config))).toEqual({
      stderr: "",
      seen: ["seen-in-container"],
    });
  });

  it.each([
    ["slave", ["seen-in-container"]],
    ["shared", ["seen-in-container", "seen-on-host"]],
    ["private", []],
  ] as const)("a bind that says nothing has the rootfsPropagation %s", async (rootfsPropagation, seen) => {
    const change = (config: OciConfig) => {
      config.linux = { ...config.linux, rootfsPropagation };
    };
    expect(await events([], change)).toEqual({ stderr: "", seen });
  });
});

describe("mounts: id mappings", () => {
  const own = {
    uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
    gidMappings: [{ containerID: 0, hostID: 2000, size: 10 }],
  };
  const show = ["busybox", "stat", "-c", "%u %g", "/root", "/root/file"];

  it("idmap with the mount's own mappings", async () => {
    const { stdout, stderr } = await run(show, (config) => config.mounts?.push({ ...bindInImage("idmap"), ...own }));
    expect({ stdout, stderr }).toEqual({ stdout: "1000 2000\n1000 2000\n", stderr: "" });
  });

  it("mappings alone mean idmap", async () => {
    const { stdout } = await run(show, (config) => config.mounts?.push({ ...bindInImage(), ...own }));
    expect(stdout).toBe("1000 2000\n1000 2000\n");
  });

  it("idmap with the mappings of the container's user namespace, for reading and writing, also where only the host may go", async () => {
    const secret = join(sandbox.directory, "secret");
    mkdirSync(secret, { mode: 0o700 });
    mkdirSync(join(secret, "data"), { mode: 0o700 });
    const script = "busybox stat -c '%u %g' /root && touch /root/made && ls -ln /root/made";
    const { stdout, stderr } = await run(["sh", "-c", script], (config) => {
      addUserNamespace(config);
      config.mounts?.push({ destination: "/root", source: join(secret, "data"), options: ["bind", "idmap"] });
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^0 0\n-rw-\S+ +1 0 +0 /);
    expect(statSync(join(secret, "data/made"))).toMatchObject({ uid: 0, gid: 0 });
  });

  it("a bind without idmap in a user namespace shows the host's ids as nobody's", async () => {
    const { stdout } = await run(show, (config) => {
      addUserNamespace(config);
      config.mounts?.push(bindInImage());
    });
    expect(stdout).toBe("65534 65534\n65534 65534\n");
  });

  it.each([
    ["idmap", "65534", "0"],
    ["ridmap", "0", "0"],
  ])("%s of a tree: what is mounted below is %s", async (option, below) => {
    const directory = join(sandbox.directory, option);
    makeBundle(directory, ["busybox", "stat", "-c", "%u", "/root", "/root/below"], (config) => {
      addUserNamespace(config, IDS);
      config.mounts?.push({ destination: "/root", source: "tree", options: ["rbind", option] });
    });
    mkdirSync(join(directory, "tree/below"), { recursive: true });
    mkdirSync(join(directory, "other"));
    const { stdout, stderr } = await sandbox.shell(
      `unshare -m sh -ec 'cd ${directory}; mount --bind other tree/below; exec mydocker-init run -b . ${option}'`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: `0\n${below}\n`, stderr: "" });
  });

  it.each<[string, OciMount, string]>([
    [
      "no mappings at all",
      { destination: "/x", source: "/tmp", options: ["bind", "idmap"] },
      "idmap needs uidMappings",
    ],
    [
      "one kind of mappings",
      { destination: "/x", source: "/tmp", options: ["bind"], uidMappings: own.uidMappings },
      "belong together",
    ],
    [
      "a file system that cannot be mapped",
      { destination: "/x", source: "/proc/sys", options: ["bind", "idmap"], ...own },
      "map the ids of /proc/sys: EINVAL",
    ],
  ])("refuses %s, and leaves nothing", async (_, mount, message) => {
    const { code, stderr, id } = await run(["true"], (config) => config.mounts?.push(mount));
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toContain(message);
  });
});

describe("mounts: tmpcopyup", () => {
  it("begins with what the image has there: files, modes, owners, links as links", async () => {
    const canary = join(sandbox.directory, "canary");
    writeFileSync(canary, "of the host");
    const directory = join(sandbox.directory, "copyup");
    const script =
      "cat /etc/passwd; ls -ln /etc /etc/deep/er; busybox stat -c 'mode %a' /etc; mount | busybox grep ' /etc '; echo new >/etc/passwd";
    const { rootfs } = makeBundle(directory, ["sh", "-c", script], (config) => {
      config.mounts?.push({ destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "nosuid"] });
    });
    mkdirSync(join(rootfs, "etc/deep/er"), { recursive: true });
    symlinkSync(canary, join(rootfs, "etc/deep/er/link"));
    const { stdout: before } = await sandbox.shell(
      `cd ${rootfs}/etc && echo web >group && chown 33:44 group && chmod 4751 group && chmod 711 . && mkfifo pipe && md5sum passwd`,
    );
    const { stdout, stderr } = await sandbox.tool("mydocker-init", ["run", "-b", directory, "copyup"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^root:x:0/);
    expect(stdout).toMatch(/-rwsr-x--x +1 33 +44 +4 .* group\n/);
    expect(stdout).toMatch(/prw\S+ .* pipe\n/);
    expect(stdout).toMatch(new RegExp(`link -> ${canary}`));
    expect(stdout).toContain("mode 711\ntmpfs on /etc type tmpfs (rw,nosuid");
    expect((await sandbox.shell(`cd ${rootfs}/etc && md5sum passwd`)).stdout).toBe(before);
  });

  it("can be read-only, and its own options overrule the image's", async () => {
    const { stdout, stderr } = await run(["sh", "-c", "busybox stat -c %a /etc; ls /etc; touch /etc/x"], (config) => {
      config.mounts?.push({ destination: "/etc", type: "tmpfs", options: ["ro", "tmpcopyup", "mode=700"] });
    });
    expect(stdout).toBe("700\ngroup\npasswd\n");
    expect(stderr).toContain("Read-only file system");
  });

  it("is for a tmpfs", async () => {
    expect((await run(["true"], (config) => config.mounts?.push(bind("tmpcopyup")))).stderr).toContain(
      "tmpcopyup is for a tmpfs",
    );
  });
});

describe("mounts: sources and targets", () => {
  it("are mounted in the order listed", async () => {
    const { stdout } = await run(["ls", "/x"], (config) => {
      config.mounts?.push(bind(), tmpfs(), { destination: "/x/below", source, options: ["bind"] });
    });
    expect(stdout).toBe("below\n");
  });

  it.each<[string, OciMount]>([
    ["the type bind without an option", { destination: "/x", type: "bind" }],
    ["the option bind with any type", { destination: "/x", type: "none", options: ["bind"] }],
    ["the option rbind", { destination: "/x", options: ["rbind"] }],
  ])("%s binds", async (_, mount) => {
    const { stdout, stderr } = await run(["cat", "/x/file"], (config) => config.mounts?.push({ ...mount, source }));
    expect({ stdout, stderr }).toEqual({ stdout: "from the host", stderr: "" });
  });

  it("a file is bound to a file, which is made, in a user namespace too", async () => {
    for (const change of [() => {}, (config: OciConfig) => addUserNamespace(config)]) {
      const { stdout, stderr } = await run(["cat", "/dev/made/file"], (config) => {
        change(config);
        config.mounts?.push({ destination: "/dev/made/file", source: join(source, "file"), options: ["bind", "ro"] });
      });
      expect({ stdout, stderr }).toEqual({ stdout: "from the host", stderr: "" });
    }
  });

  it("a relative source is relative to the bundle, a relative destination to the root", async () => {
    const directory = join(sandbox.directory, "relative");
    makeBundle(directory, ["cat", "/x/y/file"], (config) => {
      config.mounts?.push({ destination: "x/y", source: "files", options: ["bind"] });
    });
    mkdirSync(join(directory, "files"));
    writeFileSync(join(directory, "files/file"), "of the bundle");
    const { stdout } = await sandbox.shell(`cd / && mydocker-init run -b ${directory} relative`);
    expect(stdout).toBe("of the bundle");
  });

  it("a target that is missing cannot be made by root of a user namespace in a root of the host's, and the error says so", async () => {
    const { code, stderr } = await run(["true"], (config) => {
      addUserNamespace(config);
      config.mounts?.push(bind());
    });
    expect({ code, stderr }).toEqual({
      code: 125,
      stderr: expect.stringContaining("make /x in the container: EACCES"),
    });
    expect(stderr).toContain("try: make it in the root before");
  });

  it("a source that only the host's root can reach is bound into a user namespace", async () => {
    const closed = join(sandbox.directory, "closed");
    mkdirSync(join(closed, "open"), { recursive: true, mode: 0o700 });
    writeFileSync(join(closed, "open/file"), "reached", { mode: 0o644 });
    await sandbox.shell(`chmod 755 ${closed}/open`);
    const { stdout, stderr } = await run(["cat", "/root/file"], (config) => {
      addUserNamespace(config);
      config.mounts?.push({ destination: "/root", source: join(closed, "open"), options: ["bind", "ro"] });
    });
    expect({ stdout, stderr }).toEqual({ stdout: "reached", stderr: "" });
  });

  it("links of the image lead nowhere else, in a user namespace too", async () => {
    const canary = join(sandbox.directory, "outside");
    mkdirSync(canary, { mode: 0o777 });
    await sandbox.shell(`chmod 777 ${canary}`);
    const { rootfs, directory } = makeBundle(join(sandbox.directory, "linked"), ["true"], (config) => {
      addUserNamespace(config);
      config.mounts?.push({ destination: "/link/made", source, options: ["bind"] });
    });
    symlinkSync(canary, join(rootfs, "link"));
    await sandbox.tool("mydocker-init", ["run", "-b", directory, "linked"]);
    expect(readdirSync(canary)).toEqual([]);
  });

  it("a prepared sysfs is mounted on a real directory only (CVE-2019-19921)", async () => {
    const { rootfs, directory } = makeBundle(join(sandbox.directory, "sys-link"), ["true"], (config) => {
      addUserNamespace(config);
      setNamespace(config, "network", null);
    });
    await sandbox.shell(`rmdir ${rootfs}/sys && ln -s tmp ${rootfs}/sys`);
    const { code, stderr } = await sandbox.tool("mydocker-init", ["run", "-b", directory, "sys-link"]);
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("must be a real directory") });
  });
});

describe("linux.rootfsPropagation", () => {
  it.each([
    [undefined, []],
    ["private", []],
    ["shared", [expect.stringMatching(/^shared:/)]],
    ["slave", []],
    ["unbindable", ["unbindable"]],
  ] as const)("%s", async (rootfsPropagation, shown) => {
    const info = await mountInfo([], (config) => {
      if (rootfsPropagation !== undefined) config.linux = { ...config.linux, rootfsPropagation };
    });
    expect(mountAt(info, "/").propagation).toEqual(rootfsPropagation === "slave" ? slaveOfHost() : shown);
  });

  it("slave: what the host mounts in the rootfs later is seen", async () => {
    const directory = join(sandbox.directory, "slave-root");
    makeBundle(directory, ["sleep", "1000"], (config) => {
      config.linux = { ...config.linux, rootfsPropagation: "slave" };
    });
    const script = `
      cd ${directory}
      mount --bind rootfs rootfs; mount --make-shared rootfs
      mydocker-init create -b . slave-root </dev/null >log 2>&1 || cat log >&2
      mydocker-init start slave-root
      mount -t tmpfs t rootfs/tmp; touch rootfs/tmp/seen
      mydocker-init exec slave-root ls /tmp
      mydocker-init delete --force slave-root`;
    expect(await sandbox.shell("unshare -m bash -s", { input: script })).toMatchObject({
      stdout: "seen\n",
      stderr: "",
    });
  });

  it("never lets the container's mounts out to the host, whatever it is", async () => {
    for (const rootfsPropagation of ["shared", "slave", "unbindable"]) {
      const directory = join(sandbox.directory, `root-${rootfsPropagation}`);
      makeBundle(directory, ["true"], (config) => {
        config.linux = { ...config.linux, rootfsPropagation };
      });
      const { stdout, stderr } = await sandbox.shell(
        `unshare -m bash -c 'cd ${directory}; mount --bind rootfs rootfs; mount --make-rshared rootfs; mydocker-init create -b . root-${rootfsPropagation} </dev/null >log 2>&1 || cat log >&2; grep -c ${directory} /proc/self/mountinfo; mydocker-init delete --force root-${rootfsPropagation}'`,
      );
      expect({ stdout, stderr }).toEqual({ stdout: "1\n", stderr: "" });
    }
  });

  it("refuses any other word", async () => {
    const { code, stderr } = await run(["true"], (config) => {
      config.linux = { ...config.linux, rootfsPropagation: "sometimes" };
    });
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining('rootfsPropagation "sometimes"') });
  });
});

describe("root, maskedPaths, readonlyPaths", () => {
  it("root.readonly, in a user namespace too", async () => {
    for (const change of [() => {}, (config: OciConfig) => addUserNamespace(config)]) {
      const info = await mountInfo([], (config) => {
        change(config);
        config.root = { path: "rootfs", readonly: true };
      });
      expect(mountAt(info, "/").options).toContain("ro");
    }
  });

  it("masks files and directories, makes others read-only, and passes over what is not there, in a user namespace too", async () => {
    const script =
      "ls /etc/dir | busybox wc -l; cat /etc/passwd | busybox wc -c; mount | busybox grep -c ' /proc/sys .*ro'; echo 1 >/proc/sys/net/ipv4/ip_forward";
    for (const userNamespace of [false, true]) {
      const directory = join(sandbox.directory, `masks-${userNamespace}`);
      const { rootfs } = makeBundle(directory, ["sh", "-c", script], (config) => {
        if (userNamespace) addUserNamespace(config);
        config.linux = {
          ...config.linux,
          maskedPaths: ["/etc/dir", "/etc/passwd", "/no/such"],
          readonlyPaths: ["/proc/sys", "/no/such"],
        };
      });
      mkdirSync(join(rootfs, "etc/dir/hidden"), { recursive: true });
      const { stdout, stderr } = await sandbox.tool("mydocker-init", [
        "run",
        "-b",
        directory,
        `masks-${userNamespace}`,
      ]);
      expect(stdout).toBe("0\n0\n1\n");
      expect(stderr).toContain("Read-only file system");
    }
  });
});

describe("cgroup mounts", () => {
  const cgroups: OciMount = {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["ro", "nosuid", "noexec", "nodev"],
  };
  /** The cgroups that the container sees itself in, and what else is there. */
  const script =
    "cd /sys/fs/cgroup; for d in . *; do if [ -f $d/cgroup.procs ]; then echo own $(cat $d/cgroup.procs); fi; done; mount | busybox grep ' type cgroup' | busybox grep -vc '[(,]ro[,)]'; mkdir made 2>/dev/null && echo writable; true";

  it.each([
    ["with a cgroup namespace", false, false],
    ["without a cgroup namespace", true, false],
    ["with a user namespace, and a cgroup namespace", false, true],
    ["with a user namespace, without a cgroup namespace", true, true],
  ])("%s show the container's own part alone, read-only", async (_, inherited, userNamespace) => {
    const { stdout, stderr } = await run(["sh", "-c", script], (config) => {
      if (inherited) setNamespace(config, "cgroup", null);
      if (userNamespace) addUserNamespace(config);
      config.mounts?.push(cgroups);
    });
    const lines = stdout.trim().split("\n");
    expect(stderr).toBe("");
    expect(lines.length).toBeGreaterThan(1);
    // The shell is process 1; no process of the host is seen, which would be a 0.
    expect(lines.slice(0, -1).every((line) => /^own 1\b/.test(line) && !/ 0\b/.test(line))).toBe(true);
    expect(lines.at(-1)).toBe("0");
    expect(stdout).not.toContain("writable");
  });
});

describe("devices", () => {
  it("makes the default devices and links", async () => {
    const { stdout } = await run([
      "sh",
      "-c",
      "cd /dev && ls -l null zero full random urandom tty fd stdin stdout stderr ptmx",
    ]);
    for (const [name, number] of [
      ["null", "1, +3"],
      ["zero", "1, +5"],
      ["full", "1, +7"],
      ["random", "1, +8"],
      ["urandom", "1, +9"],
      ["tty", "5, +0"],
    ]) {
      expect(stdout).toMatch(new RegExp(`crw-rw-rw- .* ${number} .* ${name}\n`));
    }
    for (const link of [
      "fd -> /proc/self/fd",
      "stdin -> /proc/self/fd/0",
      "stdout -> /proc/self/fd/1",
      "stderr -> /proc/self/fd/2",
      "ptmx -> pts/ptmx",
    ]) {
      expect(stdout).toContain(` ${link}\n`);
    }
  });

  it("makes no link into a /proc that is not there", async () => {
    const { stdout } = await run(["ls", "/dev"], (config) => {
      config.mounts = config.mounts?.filter(({ destination }) => destination !== "/proc") ?? [];
      config.linux = { ...config.linux, maskedPaths: [], readonlyPaths: [] };
    });
    expect(stdout.split("\n")).toContain("ptmx");
    expect(stdout).not.toContain("stdin");
  });

  it("makes devices of the types c, u, b and p with mode and owner", async () => {
    const { stdout, stderr } = await run(["sh", "-c", "cd /dev && ls -ln c u b p"], (config) => {
      config.linux = {
        ...config.linux,
        devices: [
          { type: "c", path: "/dev/c", major: 1, minor: 5, fileMode: 0o640, uid: 33, gid: 44 },
          { type: "u", path: "/dev/u", major: 1, minor: 9 },
          { type: "b", path: "/dev/b", major: 7, minor: 5, fileMode: 0o600 },
          { type: "p", path: "/dev/p", fileMode: 0o622 },
        ],
      };
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/crw-r----- +1 33 +44 +1, +5 .* c\n/);
    expect(stdout).toMatch(/crw-rw-rw- +1 0 +0 +1, +9 .* u\n/);
    expect(stdout).toMatch(/brw------- +1 0 +0 +7, +5 .* b\n/);
    expect(stdout).toMatch(/prw--w--w- +1 0 +0 +0 .* p\n/);
  });

  it("takes a listed device in place of a default one", async () => {
    const { stdout } = await run(["ls", "-l", "/dev/tty"], (config) => {
      config.linux = {
        ...config.linux,
        devices: [{ type: "c", path: "/dev/tty", major: 5, minor: 0, fileMode: 0o600 }],
      };
    });
    expect(stdout).toMatch(/^crw------- /);
  });

  it("fails where something else is in the device's place", async () => {
    const { code, stderr, id } = await run(["true"], (config) => {
      config.linux = { ...config.linux, devices: [{ type: "c", path: "/etc/passwd", major: 1, minor: 3 }] };
    });
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toContain("make the device /etc/passwd: EEXIST");
  });

  it("makes nothing in a /dev that is bound from the host", async () => {
    const dev = join(sandbox.directory, "bound-dev");
    mkdirSync(dev);
    const { stdout, code } = await run(["ls", "/dev"], (config) => {
      config.mounts = [
        ...(config.mounts ?? []).filter(({ destination }) => !destination.startsWith("/dev")),
        { destination: "/dev", source: dev, options: ["bind"] },
      ];
    });
    expect({ code, stdout, made: readdirSync(dev) }).toEqual({ code: 0, stdout: "", made: [] });
  });

  it("binds the host's in a user namespace, and says where the host has none", async () => {
    const device = (path: string) => ({ type: "c" as const, path, major: 1, minor: 7 });
    const { stdout } = await run(["ls", "-l", "/dev/full"], (config) => {
      addUserNamespace(config);
      config.linux = { ...config.linux, devices: [device("/dev/full")] };
    });
    expect(stdout).toMatch(/ 1, +7 /);
    const refused = await run(["true"], (config) => {
      addUserNamespace(config);
      config.linux = { ...config.linux, devices: [device("/dev/nowhere")] };
    });
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 125,
      stderr: expect.stringContaining("bind the host's /dev/nowhere: ENOENT"),
    });
    expect(existsSync("/dev/nowhere")).toBe(false);
  });
});
