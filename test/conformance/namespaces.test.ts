import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BundleRunner,
  bundleRunner,
  makeBundle,
  makeSandbox,
  type Sandbox,
} from "../../packages/testing/src/index.ts";
import {
  ALL_TYPES,
  addUserNamespace,
  allow,
  createContainer,
  IDS,
  remainsOf,
  setNamespace,
  withoutMounts,
} from "../support/conformance.ts";
import { type HeldNamespaces, holdNamespaces, NAMESPACE_FILE, ownNamespace } from "../support/held-namespaces.ts";

let sandbox: Sandbox;
let run: BundleRunner;
let held: HeldNamespaces;
let heldUser: HeldNamespaces;

beforeAll(async () => {
  sandbox = makeSandbox();
  run = bundleRunner(sandbox);
  held = await holdNamespaces(["pid", "network", "ipc", "uts", "mount", "cgroup", "time"]);
  heldUser = await holdNamespaces(["user", "network", "ipc", "uts", "pid", "cgroup"]);
});

afterAll(async () => {
  await held.end();
  await heldUser.end();
  await sandbox.cleanUp();
});

describe("linux.namespaces: new, joined, inherited", () => {
  it("makes all eight", async () => {
    const container = await createContainer(sandbox, ["true"], (config) => {
      for (const type of ALL_TYPES) setNamespace(config, type);
      addUserNamespace(config);
    });
    expect(container.created).toMatchObject({ code: 0, stdout: "" });
    for (const type of ALL_TYPES) {
      const name = readlinkSync(`/proc/${container.pid}/ns/${NAMESPACE_FILE[type]}`);
      expect({ type, name }).not.toEqual({ type, name: ownNamespace(type) });
    }
    await container.remove();
  });

  it.each(["pid", "network", "ipc", "uts", "cgroup", "time"] as const)(
    "joins a %s namespace by its path",
    async (type) => {
      const { stdout, stderr } = await run(
        ["busybox", "readlink", `/proc/self/ns/${NAMESPACE_FILE[type]}`],
        (config) => {
          setNamespace(config, type, held.path(type));
          if (type === "uts") config.hostname = "";
        },
      );
      expect({ stderr, name: stdout.trim() }).toEqual({ stderr: "", name: held.name(type) });
    },
  );

  it.each(["pid", "network", "ipc", "uts", "cgroup", "user", "time"] as const)(
    "has the host's %s namespace where none is listed",
    async (type) => {
      const { stdout } = await run(["busybox", "readlink", `/proc/self/ns/${NAMESPACE_FILE[type]}`], (config) => {
        setNamespace(config, type, null);
        if (type === "uts") config.hostname = "";
      });
      expect(stdout.trim()).toBe(ownNamespace(type));
    },
  );

  it.each(ALL_TYPES)("refuses a path that is of another type than %s, and leaves nothing", async (type) => {
    const other = type === "uts" ? "ipc" : "uts";
    const { code, stderr, id } = await run(["true"], (config) => {
      if (type === "mount") withoutMounts(config);
      setNamespace(config, type, held.path(other));
      config.hostname = "";
    });
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toContain(`join the namespace ${held.path(other)}: EINVAL`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("refuses a path that is not there, and leaves nothing", async () => {
    const { code, stderr, id } = await run(["true"], (config) => setNamespace(config, "ipc", "/no/such"));
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toContain("/no/such: ENOENT");
  });

  it("refuses a type that is listed twice", async () => {
    const { code, stderr } = await run(["true"], (config) => config.linux?.namespaces?.push({ type: "pid" }));
    expect(code).toBe(125);
    expect(stderr).toContain('"pid" is listed twice');
  });

  it("does not rename the host: a hostname without a uts namespace, or with the host's, is refused", async () => {
    for (const path of [null, "/proc/self/ns/uts"]) {
      const { code, stderr } = await run(["true"], (config) => setNamespace(config, "uts", path));
      expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("uts namespace") });
    }
  });
});

describe("mount namespaces", () => {
  it("joins one by its path, and finds root.path in it", async () => {
    const { stdout, stderr } = await run(["sh", "-c", "busybox readlink /proc/self/ns/mnt"], (config) => {
      withoutMounts(config);
      setNamespace(config, "mount", held.path("mount"));
      setNamespace(config, "pid", null);
      config.root = { path: "/" };
      if (config.process !== undefined) config.process.env = [`PATH=${process.env.PATH}`];
    });
    expect({ stderr, stdout }).toEqual({ stderr: "", stdout: `${held.name("mount")}\n` });
  });

  it("without one of its own is a chroot into root.path, with the default devices", async () => {
    const { stdout, stderr, bundle } = await run(["sh", "-c", "ls /; echo x >/dev/null"], (config) => {
      withoutMounts(config);
      setNamespace(config, "mount", null);
    });
    expect({ stderr, stdout }).toEqual({ stderr: "", stdout: "bin\ndev\netc\nproc\nroot\nsys\ntmp\n" });
    expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(bundle.directory);
  });

  it("and exec is in that chroot, too", async () => {
    const container = await createContainer(sandbox, ["sleep", "1000"], (config) => {
      withoutMounts(config);
      setNamespace(config, "mount", null);
    });
    await container.start();
    expect((await container.exec("ls", "/")).stdout).toBe("bin\ndev\netc\nproc\nroot\nsys\ntmp\n");
    await container.remove();
  });

  it.each<[string, Parameters<BundleRunner>[1]]>([
    ["mounts", (config) => config.mounts?.push({ destination: "/tmp", type: "tmpfs" })],
    ["root.readonly", (config) => Object.assign(config, { root: { path: "rootfs", readonly: true } })],
    ["linux.maskedPaths", (config) => config.linux?.maskedPaths?.push("/tmp")],
    ["linux.readonlyPaths", (config) => config.linux?.readonlyPaths?.push("/tmp")],
  ])("without one of its own refuses %s, which would be done to the host", async (what, change) => {
    const { code, stderr } = await run(["true"], (config) => {
      withoutMounts(config);
      setNamespace(config, "mount", null);
      change?.(config);
    });
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining(`needed for ${what}`) });
  });
});

describe("user namespaces", () => {
  it("maps ids: root inside is the mapped id outside", async () => {
    const container = await createContainer(sandbox, ["sleep", "1000"], addUserNamespace);
    await container.start();
    const status = readFileSync(`/proc/${container.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t100000\t100000\t100000\t100000$/m);
    expect(status).toMatch(/^Gid:\t100000\t100000\t100000\t100000$/m);
    const inside = await container.exec("sh", "-c", "id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map");
    expect(inside.stdout.replaceAll(/ +/g, " ")).toBe("0\n0\n 0 100000 65536\n 0 100000 65536\n");
    await container.remove();
  });

  it("takes ranges in several pieces, and process.user as ids of the container", async () => {
    const ids = [
      { containerID: 0, hostID: 200_000, size: 10 },
      { containerID: 33, hostID: 300_000, size: 1 },
    ];
    const container = await createContainer(sandbox, ["sleep", "1000"], (config) => {
      addUserNamespace(config, ids);
      if (config.process !== undefined) config.process.user = { uid: 33, gid: 33, additionalGids: [4] };
    });
    await container.start();
    const status = readFileSync(`/proc/${container.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t300000\t/m);
    expect(status).toMatch(/^Gid:\t300000\t/m);
    expect(status).toMatch(/^Groups:\t200004 $/m);
    await container.remove();
  });

  it("owns the namespaces that are made with it: root of it may mount and set up its network", async () => {
    const script = "mount -t tmpfs t /tmp && ip link set lo up && ip -o link show lo; cat /proc/sys/kernel/hostname";
    const { stdout, stderr } = await run(["sh", "-c", script], (config) => {
      addUserNamespace(config);
      allow(config, "CAP_SYS_ADMIN", "CAP_NET_ADMIN");
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^1: lo: <LOOPBACK,UP/);
    expect(stdout).toContain("\nbox\n");
  });

  it("has no more rights on the host than the mapped user: the kernel's settings and the host's files stay as they are", async () => {
    const script = "echo 1 >/proc/sys/vm/drop_caches; touch /made; mknod /tmp/null c 1 3; dmesg -n 8";
    const { stderr, bundle } = await run(["sh", "-c", script], (config) => {
      addUserNamespace(config);
      allow(config, "CAP_MKNOD", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE");
      config.linux = { ...config.linux, readonlyPaths: [] };
    });
    expect(stderr).toContain("can't create /proc/sys/vm/drop_caches");
    expect(stderr).toContain("/made: ");
    expect(existsSync(join(bundle.rootfs, "made"))).toBe(false);
    expect(existsSync(join(bundle.rootfs, "tmp/null"))).toBe(false);
  });

  it("has devices that are the host's", async () => {
    const { stdout, stderr } = await run(
      ["sh", "-c", "echo x >/dev/null; head -c 3 /dev/zero | busybox wc -c; ls -l /dev/full"],
      addUserNamespace,
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^3\ncrw-rw-rw- .* 1, +7 /);
  });

  it("can open its standard streams again", async () => {
    const { directory } = makeBundle(
      join(sandbox.directory, "streams"),
      ["sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr"],
      (config) => addUserNamespace(config),
    );
    // Pipes, and not the sockets that a process of Node's has.
    const { stdout } = await sandbox.shell(`mydocker-init run --bundle ${directory} streams 2>&1 | cat`);
    expect(stdout).toBe("out\nerr\n");
    const container = await createContainer(sandbox, ["sleep", "1000"], addUserNamespace);
    await container.start();
    const executed = await sandbox.shell(
      `mydocker-init exec -u 33 ${container.id} sh -c 'echo out >/dev/stdout' | cat`,
    );
    expect(executed).toEqual({ code: 0, stdout: "out\n", stderr: "" });
    await container.remove();
  });

  it("cannot be traced while it is set up by one who has CAP_SYS_PTRACE in it (CVE-2016-9962)", async () => {
    const container = await createContainer(sandbox, ["true"], addUserNamespace);
    // Waiting for its start, process 1 still is the runtime, with descriptors of the host's.
    const script = `echo traced by $(id -u); for fd in 3 4 5 6 7 8; do busybox readlink /proc/1/fd/$fd; done; busybox readlink /proc/1/exe; ls /proc/1/root/; cat /proc/1/maps`;
    const { stdout, code } = await run(["sh", "-c", script], (config) => {
      allow(config, "CAP_SYS_PTRACE");
      for (const type of ["user", "pid"] as const) setNamespace(config, type, `/proc/${container.pid}/ns/${type}`);
    });
    expect({ stdout, code }).toEqual({ stdout: "traced by 0\n", code: 1 });
    await container.remove();
  });

  it("raises limits above those of the host where mydocker may", async () => {
    const { stdout } = await run(["sh", "-c", "ulimit -Hn; ulimit -n"], (config) => {
      addUserNamespace(config);
      if (config.process !== undefined) config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 77, hard: 78 }];
    });
    expect(stdout).toBe("78\n77\n");
  });

  it("sets oomScoreAdj and sysctls", async () => {
    const script = "cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/domainname";
    const { stdout, stderr } = await run(["sh", "-c", script], (config) => {
      addUserNamespace(config);
      if (config.process !== undefined) config.process.oomScoreAdj = 7;
      config.linux = { ...config.linux, sysctl: { "net.ipv4.ip_default_ttl": "77", "kernel.domainname": "example" } };
    });
    expect({ stdout, stderr }).toEqual({ stdout: "7\n77\nexample\n", stderr: "" });
  });

  it("is in its cgroups", async () => {
    const container = await createContainer(sandbox, ["true"], addUserNamespace);
    expect(readFileSync(`/proc/${container.pid}/cgroup`, "utf8")).toContain(`/${sandbox.paths.prefix}/${container.id}`);
    await container.remove();
  });

  it("has a terminal", async () => {
    const script = "busybox readlink /proc/self/fd/0; busybox stat -c '%u %g' /dev/pts/0";
    const { directory } = makeBundle(join(sandbox.directory, "terminal"), ["sh", "-c", script], (config) => {
      addUserNamespace(config);
      if (config.process !== undefined) config.process.terminal = true;
    });
    const { stdout, code } = await sandbox.shell(
      `script -qec "mydocker-init run --bundle ${directory} terminal" /dev/null </dev/null`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("/dev/pts/0\r\n0 5\r\n") });
  });

  it("is entered by exec, which becomes root or another user of it", async () => {
    const container = await createContainer(sandbox, ["sleep", "1000"], addUserNamespace);
    await container.start();
    expect((await container.exec("id", "-u")).stdout).toBe("0\n");
    const names = await container.exec("busybox", "readlink", "/proc/self/ns/user");
    expect(names.stdout.split("\n")[0]).toBe(readlinkSync(`/proc/${container.pid}/ns/user`));
    const { stdout } = await sandbox.tool("mydocker-init", ["exec", "-u", "web", container.id, "id"]);
    expect(stdout).toBe("uid=33(web) gid=33(web) groups=4(log)\n");
    await container.remove();
  });

  it("is joined by its path, with what belongs to it and what does not", async () => {
    const script = "id -u; for n in user net ipc uts cgroup mnt; do busybox readlink /proc/self/ns/$n; done";
    const { stdout, stderr } = await run(["sh", "-c", script], (config) => {
      setNamespace(config, "user", heldUser.path("user"));
      setNamespace(config, "network", heldUser.path("network"));
      setNamespace(config, "ipc", held.path("ipc"));
    });
    const [uid, user, network, ipc, uts] = stdout.split("\n");
    expect({ stderr, uid, user, network, ipc }).toEqual({
      stderr: "",
      uid: "0",
      user: heldUser.name("user"),
      network: heldUser.name("network"),
      ipc: held.name("ipc"),
    });
    expect([heldUser.name("uts"), held.name("uts"), ownNamespace("uts")]).not.toContain(uts);
  });

  it("is joined together with the pid namespace of it", async () => {
    const { stdout, stderr } = await run(
      ["sh", "-c", "busybox readlink /proc/self/ns/pid; cat /proc/1/comm"],
      (config) => {
        setNamespace(config, "user", heldUser.path("user"));
        setNamespace(config, "pid", heldUser.path("pid"));
      },
    );
    expect({ stderr, stdout }).toEqual({ stderr: "", stdout: `${heldUser.name("pid")}\nsleep\n` });
  });

  it("is made beside namespaces of the host's that are joined, and shows their network in /sys", async () => {
    const { stdout, stderr } = await run(
      ["sh", "-c", "busybox readlink /proc/self/ns/net; ls /sys/class/net"],
      (config) => {
        addUserNamespace(config);
        setNamespace(config, "network", held.path("network"));
      },
    );
    expect(stderr).toBe("");
    expect(stdout.split("\n")[0]).toBe(held.name("network"));
    expect(stdout.split("\n").slice(1)).toContain("lo");
    expect(stdout).not.toContain("eth0");
  });

  it("has the parent set sysctls of a namespace that is joined and is not its own", async () => {
    const other = await holdNamespaces(["network", "ipc"]);
    const { stdout, stderr } = await run(
      ["cat", "/proc/sys/net/ipv4/ip_default_ttl", "/proc/sys/kernel/shmmni"],
      (config) => {
        addUserNamespace(config);
        for (const type of ["network", "ipc"] as const) setNamespace(config, type, other.path(type));
        config.linux = { ...config.linux, sysctl: { "net.ipv4.ip_default_ttl": "78", "kernel.shmmni": "99" } };
      },
    );
    await other.end();
    expect({ stdout, stderr }).toEqual({ stdout: "78\n99\n", stderr: "" });
    expect(readFileSync("/proc/sys/net/ipv4/ip_default_ttl", "utf8")).not.toBe("78\n");
  });

  it("has an overlay of the host's as its root", async () => {
    const { directory, rootfs } = makeBundle(
      join(sandbox.directory, "overlay"),
      ["sh", "-c", "echo x >/made; mount | head -n 1"],
      (config) => {
        addUserNamespace(config);
        const [lower, upper, work] = ["rootfs", "upper", "work"].map((name) =>
          join(sandbox.directory, "overlay", name),
        );
        config.root = { path: "target" };
        config.annotations = { "io.mydocker.rootfs": JSON.stringify({ lower: [lower], upper, work }) };
      },
    );
    await sandbox.shell(`cd ${directory} && mkdir -m 700 target upper work && chown -R 100000:100000 ${rootfs} upper`);
    const { stdout, stderr } = await sandbox.tool("mydocker-init", ["run", "-b", directory, "overlay"]);
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^overlay on \/ type overlay/), stderr: "" });
    expect(readFileSync(join(directory, "upper/made"), "utf8")).toBe("x\n");
    expect(existsSync(join(rootfs, "made"))).toBe(false);
  });

  it("is made beside the host's own network and processes", async () => {
    const { stdout, stderr } = await run(
      ["sh", "-c", "busybox readlink /proc/self/ns/net; ls /sys/class/net; cat /proc/1/comm"],
      (config) => {
        addUserNamespace(config);
        setNamespace(config, "network", null);
        setNamespace(config, "pid", null);
      },
    );
    expect(stderr).toBe("");
    expect(stdout).toContain(ownNamespace("network"));
    expect(stdout.split("\n").at(-2)).toBe(readFileSync("/proc/1/comm", "utf8").trim());
  });

  it.each<[string, Parameters<BundleRunner>[1], string]>([
    ["no mappings", (config) => setNamespace(config, "user"), "needs linux.uidMappings"],
    ["mappings without root", (config) => addUserNamespace(config, [{ containerID: 1, hostID: 1, size: 1 }]), "id 0"],
    [
      "mappings that overlap",
      (config) => addUserNamespace(config, [...IDS, { containerID: 5, hostID: 900_000, size: 1 }]),
      "uid_map",
    ],
    [
      "mappings without a user namespace",
      (config) => Object.assign(config.linux ?? {}, { uidMappings: IDS, gidMappings: IDS }),
      "new user namespace",
    ],
    [
      "only one kind of mappings",
      (config) => Object.assign(config.linux ?? {}, { uidMappings: IDS }),
      "belong together",
    ],
  ])("refuses %s, and leaves nothing", async (_, change, message) => {
    const { code, stderr, id } = await run(["true"], change);
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("time namespaces", () => {
  it("shifts the clocks by timeOffsets, and the host's stay", async () => {
    const { stdout, stderr } = await run(["sh", "-c", "cat /proc/self/timens_offsets; cat /proc/uptime"], (config) => {
      setNamespace(config, "time");
      config.linux = {
        ...config.linux,
        timeOffsets: { monotonic: { secs: 1000, nanosecs: 5 }, boottime: { secs: 1_000_000, nanosecs: 7 } },
      };
    });
    expect(stderr).toBe("");
    expect(stdout.replaceAll(/ +/g, " ")).toMatch(/^monotonic 1000 5\nboottime 1000000 7\n1\d{6}\./);
    expect(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0])).toBeLessThan(1_000_000);
  });

  it("is one without offsets, too, in a user namespace as well, and exec is in it", async () => {
    const container = await createContainer(sandbox, ["sleep", "1000"], (config) => {
      addUserNamespace(config);
      setNamespace(config, "time");
      config.linux = { ...config.linux, timeOffsets: { boottime: { secs: -1 } } };
    });
    await container.start();
    const { stdout } = await container.exec(
      "sh",
      "-c",
      "busybox readlink /proc/self/ns/time; cat /proc/self/timens_offsets",
    );
    expect(stdout.split("\n")[0]).toBe(readlinkSync(`/proc/${container.pid}/ns/time`));
    expect(stdout.split("\n")[0]).not.toBe(ownNamespace("time"));
    expect(stdout.replaceAll(/ +/g, " ")).toContain("boottime -1 0");
    await container.remove();
  });

  it.each([
    [{ realtime: { secs: 1 } }, "monotonic and boottime"],
    [{ boottime: { secs: -(10 ** 12) } }, "ERANGE"],
    [{ boottime: { nanosecs: 1_000_000_000 } }, "999999999"],
  ])("refuses the offsets %j", async (timeOffsets, message) => {
    const { code, stderr, id } = await run(["true"], (config) => {
      setNamespace(config, "time");
      Object.assign(config.linux ?? {}, { timeOffsets });
    });
    expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
    expect(stderr).toContain(message);
  });
});

describe("sysctl", () => {
  it("sets those of the container's own network, ipc and uts namespaces", async () => {
    const files = ["net/ipv4/ip_forward", "kernel/shmmni", "fs/mqueue/msg_max", "kernel/domainname"];
    const { stdout, stderr } = await run(["cat", ...files.map((file) => `/proc/sys/${file}`)], (config) => {
      config.linux = {
        ...config.linux,
        sysctl: {
          "net.ipv4.ip_forward": "1",
          "kernel.shmmni": "100",
          "fs.mqueue.msg_max": "5",
          "kernel.domainname": "d",
        },
      };
    });
    expect({ stdout, stderr }).toEqual({ stdout: "1\n100\n5\nd\n", stderr: "" });
  });

  it.each([
    ["network", "net.ipv4.ip_forward"],
    ["ipc", "kernel.shmmni"],
    ["uts", "kernel.domainname"],
  ] as const)("refuses one of the host's %s namespace, inherited or joined", async (type, key) => {
    for (const path of [null, `/proc/self/ns/${NAMESPACE_FILE[type]}`]) {
      const { code, stderr } = await run(["true"], (config) => {
        setNamespace(config, type, path);
        config.hostname = "";
        config.linux = { ...config.linux, sysctl: { [key]: "1" } };
      });
      expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining(`needs a ${type} namespace`) });
    }
  });

  it.each(["kernel.core_pattern", "vm.swappiness", "net/../kernel/core_pattern"])("refuses %s", async (key) => {
    const { code } = await run(["true"], (config) => {
      config.linux = { ...config.linux, sysctl: { [key]: "1" } };
    });
    expect(code).toBe(125);
  });
});

describe("linux.netDevices", () => {
  const link = () => `mdt${sandbox.network.split(".")[2]}`;

  async function withLink(name: string, test: () => Promise<void>): Promise<void> {
    const peer = `${name}p`;
    await sandbox.shell(
      `ip link add ${name} type veth peer name ${peer} && ip addr add 192.0.2.5/24 dev ${name} && ip addr add 2001:db8::5/64 nodad dev ${name} && ip link set ${name} up && ip link set ${peer} up`,
    );
    try {
      await test();
    } finally {
      await sandbox.shell(`ip link del ${peer}`);
    }
  }

  it("moves a device into the container, renames it, keeps its global addresses and sets it up", async () => {
    await withLink(`${link()}a`, async () => {
      const { stdout, stderr } = await run(["sh", "-c", "ip addr show eth7"], (config) => {
        config.linux = { ...config.linux, netDevices: { [`${link()}a`]: { name: "eth7" } } };
      });
      expect(stderr).toBe("");
      expect(stdout).toContain("192.0.2.5/24");
      expect(stdout).toContain("2001:db8::5/64");
      expect(stdout).toMatch(/<[^>]*\bUP\b[^>]*>/);
    });
  });

  it("keeps the name where none is given, and takes a pattern", async () => {
    await withLink(`${link()}b`, async () => {
      await withLink(`${link()}c`, async () => {
        const { stdout, stderr } = await run(["ls", "/sys/class/net"], (config) => {
          config.linux = { ...config.linux, netDevices: { [`${link()}b`]: {}, [`${link()}c`]: { name: "net%d" } } };
        });
        expect(stderr).toBe("");
        expect(stdout.split("\n")).toEqual(expect.arrayContaining([`${link()}b`, "net0"]));
      });
    });
  });

  it("moves one into a namespace that is joined, and into one of a user namespace", async () => {
    await withLink(`${link()}d`, async () => {
      const { stdout, stderr } = await run(["ls", "/sys/class/net"], (config) => {
        addUserNamespace(config);
        config.linux = { ...config.linux, netDevices: { [`${link()}d`]: { name: "own0" } } };
      });
      expect({ stderr, names: stdout.split("\n") }).toEqual({ stderr: "", names: expect.arrayContaining(["own0"]) });
    });
    await withLink(`${link()}e`, async () => {
      const { stdout, stderr } = await run(["ls", "/sys/class/net"], (config) => {
        setNamespace(config, "network", held.path("network"));
        config.linux = { ...config.linux, netDevices: { [`${link()}e`]: { name: "join0" } } };
      });
      expect({ stderr, names: stdout.split("\n") }).toEqual({ stderr: "", names: expect.arrayContaining(["join0"]) });
    });
  });

  it.each<[string, Parameters<BundleRunner>[1], string]>([
    [
      "a name that the container has",
      (config) => Object.assign(config.linux?.netDevices?.[`${link()}f`] ?? {}, { name: "lo" }),
      "EEXIST",
    ],
    [
      "a mount that fails after it",
      (config) => config.mounts?.push({ destination: "/x", source: "/no/such", options: ["bind"] }),
      "/no/such",
    ],
    [
      "a second device that is not there",
      (config) => Object.assign(config.linux?.netDevices ?? {}, { zz9: {} }),
      "zz9",
    ],
    ["the host's network", (config) => setNamespace(config, "network", null), "network namespace"],
  ])("gives the device back, as it was, after a failure: %s", async (_, change, message) => {
    const name = `${link()}f`;
    await withLink(name, async () => {
      const { code, stderr, id } = await run(["true"], (config) => {
        config.linux = { ...config.linux, netDevices: { [name]: {} } };
        change?.(config);
      });
      expect({ code, remains: remainsOf(sandbox, id) }).toEqual({ code: 125, remains: [] });
      expect(stderr).toContain(message);
      const { stdout } = await sandbox.shell(`ip -br addr show ${name}`);
      expect(stdout).toMatch(/ UP /);
      expect(stdout).toContain("192.0.2.5/24");
      expect(stdout).toContain("2001:db8::5/64");
    });
  });

  it("refuses the loopback device, and one that is not there", async () => {
    for (const name of ["lo", "zz9"]) {
      const { code, stderr } = await run(["true"], (config) => {
        config.linux = { ...config.linux, netDevices: { [name]: { name: "x0" } } };
      });
      expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining(`network device ${name}`) });
    }
    expect((await sandbox.shell("ip -br link show lo")).stdout).toContain("LOOPBACK,UP");
  });
});
