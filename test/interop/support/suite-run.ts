import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type EngineInUse, WITHOUT_NETWORK } from "./engine.ts";
import { writeJson } from "./engine-host.ts";

/** The container's own, whichever version of cgroup the host has: memory, processes, processor. */
export const SHOW_LIMITS = `
  cd /sys/fs/cgroup
  cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes
  cat pids.max 2>/dev/null || cat pids/pids.max
  cat cpu.max 2>/dev/null || echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us)`;

/** What `run` promises, read from inside the container. */
export function describeRun(use: EngineInUse): void {
  const { run, call } = use;
  const sh = (flags: string[], script: string) => run("--rm", ...network(flags), "busybox", "sh", "-c", script);

  describe("run: exit codes", () => {
    test.each([
      [0, ["true"], /^$/],
      [3, ["sh", "-c", "exit 3"], /^$/],
      [126, ["/tmp"], /permission denied|is a directory/i],
      [126, ["/etc/passwd"], /permission denied/i],
      [127, ["no-such-command"], /not found/],
      [127, ["/no/such/file"], /no such file or directory/],
    ])("%d: %j", async (code, command, message) => {
      const result = await run("--rm", ...WITHOUT_NETWORK, "busybox", ...command);
      expect(result).toMatchObject({ code, stdout: "" });
      expect(result.stderr).toMatch(message);
    });
  });

  describe("run: input and output", () => {
    test("stdout and stderr are apart, and -i passes stdin on to its end", async () => {
      const args = ["run", ...use.engine().runFlags, "--rm", "-i", "busybox", "sh", "-c", "cat; echo err >&2; exit 4"];
      const result = await use.engine().host.run([...use.engine().command, ...args], { input: "one\ntwo\n" });
      expect(result).toEqual({ code: 4, stdout: "one\ntwo\n", stderr: "err\n" });
    });

    test("-it: a terminal that has the size of ours, and its exit code", async () => {
      const terminal = use.terminal("run", ...use.engine().runFlags, "--rm", "-it", "busybox", "sh");
      await terminal.waitFor(/# /);
      // docker gives the terminal its size after the start.
      terminal.type("while [ \"$(stty size)\" != '33 111' ]; do sleep 0.1; done; tty\n");
      // Before the shell ends: docker's shim is containerd's, which may lose what is written last.
      await terminal.waitFor(/\/dev\/(pts\/0|console)/);
      terminal.type("exit 6\n");
      expect(await terminal.exited).toBe(6);
    });

    test("-t without -i: what is written is as a terminal has it", async () => {
      expect((await sh(["-t"], "[ -t 1 ] && echo yes")).stdout).toBe("yes\r\n");
    });
  });

  test("who, where and what: --user, --group-add, --workdir, --env, --hostname", async () => {
    const flags = ["--user", "1000:1001", "--group-add", "44", "--workdir", "/tmp", "--hostname", "box", "-e", "A=a b"];
    const { stdout } = await sh(flags, 'id -u; id -G; hostname; pwd; echo "$A"');
    expect(stdout.split("\n")).toEqual(["1000", "1001 44", "box", "/tmp", "a b", ""]);
  });

  describe("run: limits", () => {
    test("--memory, --cpus, --pids-limit; --ulimit, --oom-score-adj, --shm-size", async () => {
      const cgroup = ["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"];
      // podman forgets its configuration's limits over one that is named, and would raise this one.
      const process = [
        "--ulimit",
        "nofile=512:1000",
        "--ulimit",
        "nproc=4096:4096",
        "--oom-score-adj",
        "300",
        "--shm-size",
        "1m",
      ];
      const script = "ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; df -k /dev/shm | tail -1";
      const { stdout } = await sh([...cgroup, ...process], `${SHOW_LIMITS}; ${script}`);
      expect(stdout).toMatch(/^67108864\n50\n50000 100000\n512\n1000\n300\nshm +1024 /);
    });

    test("a container that takes more than its memory is killed, and docker says why", async () => {
      const result = await run(
        "--name",
        "greedy",
        ...WITHOUT_NETWORK,
        "--memory",
        "16m",
        "busybox",
        "tail",
        "/dev/zero",
      );
      expect(result.code).toBe(137);
      const { stdout } = await call("inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", "greedy");
      // conmon 2.1.6 does not see it, whichever the runtime.
      expect(stdout).toMatch(use.name === "docker" ? /^137 true\n$/ : /^137 /);
      await call("rm", "greedy");
    });
  });

  describe("run: files", () => {
    test("--volume, read-only and not; --tmpfs; --read-only", async () => {
      const shared = join(use.engine().host.directory, "shared");
      mkdirSync(shared);
      writeFileSync(join(shared, "file"), "from the host\n");
      const volumes = ["-v", `${shared}:/rw`, "-v", `${shared}:/ro:ro`, "--tmpfs", "/scratch:size=1m,mode=700"];
      const script = `
        cat /ro/file; touch /ro/x 2>&1; touch /x 2>&1; echo from inside > /rw/new
        grep ' /scratch ' /proc/mounts | cut -d' ' -f1,3; touch /scratch/x && stat -c %a /scratch`;
      const { stdout } = await sh([...volumes, "--read-only"], script);
      expect(stdout.split("\n")).toEqual([
        "from the host",
        "touch: /ro/x: Read-only file system",
        "touch: /x: Read-only file system",
        "tmpfs tmpfs",
        "700",
        "",
      ]);
      expect(readFileSync(join(shared, "new"), "utf8")).toBe("from inside\n");
    });

    test("--device gives one device, and no other can be made", async () => {
      const script = "head -c 3 /dev/nothing | wc -c; mknod /dev/kmsg2 c 1 11; head -c 1 /dev/kmsg2 2>&1";
      const { stdout } = await sh(["--device", "/dev/zero:/dev/nothing", "--cap-add", "MKNOD"], script);
      expect(stdout).toBe("3\nhead: /dev/kmsg2: Operation not permitted\n");
    });

    test("--sysctl; /proc/sys is read-only, and what is masked is empty", async () => {
      const script = `
        cat /proc/sys/net/ipv4/ip_default_ttl; echo 1 > /proc/sys/net/ipv4/ip_default_ttl
        wc -c < /proc/timer_list; ls /sys/firmware | wc -l`;
      const { stdout, stderr } = await sh(["--sysctl", "net.ipv4.ip_default_ttl=77"], script);
      expect(stdout).toBe("77\n0\n0\n");
      expect(stderr).toContain("Read-only file system");
    });
  });

  describe("run: privileges", () => {
    const status = (field: string) => `grep ^${field}: /proc/self/status | cut -f2`;

    test("--cap-drop, --cap-add", async () => {
      const { stdout } = await sh(
        ["--cap-drop", "ALL", "--cap-add", "CHOWN"],
        `${status("CapEff")}; ${status("CapBnd")}`,
      );
      expect(stdout).toBe("0000000000000001\n0000000000000001\n");
    });

    // runc fails where root itself lacks a capability; the specification has it that this is only worth a warning.
    test("--privileged: capabilities as far as the host's root has them, its devices, and no filter", async () => {
      const script = `${status("CapEff")}; ${status("Seccomp")}; [ -e /dev/kmsg ] && echo devices`;
      const { stdout, stderr } = await sh(["--privileged"], script);
      const [effective = "", ...rest] = stdout.split("\n");
      // What the runtime warns of is not the container's output. podman gives a runtime with a path as its name no other place.
      if (use.name === "docker") expect(stderr).toBe("");
      expect(rest).toEqual(["0", "devices", ""]);
      // An engine asks for those that it knows: up to CAP_AUDIT_READ (37), where it is old.
      const known = (1n << 38n) - 1n;
      const { stdout: bounding } = await use.engine().host.run(["sh", "-c", status("CapBnd")]);
      expect(BigInt(`0x${effective}`) & known).toBe(BigInt(`0x${bounding.trim()}`) & known);
    });

    test("seccomp: the engine's profile, one of ours, or none; no-new-privileges", async () => {
      expect((await sh([], status("Seccomp"))).stdout).toBe("2\n");
      const profile = writeJson(join(use.engine().host.directory, "seccomp.json"), {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 }],
      });
      const script = `${status("Seccomp")}; ${status("NoNewPrivs")}; mkdir /x 2>&1`;
      const ours = await sh(["--security-opt", `seccomp=${profile}`], script);
      expect(ours.stdout).toBe("2\n0\nmkdir: can't create directory '/x': Operation not supported\n");
      const none = ["--security-opt", "seccomp=unconfined", "--security-opt", "no-new-privileges"];
      expect((await sh(none, script)).stdout).toBe("0\n1\n");
    });
  });

  describe("run: namespaces", () => {
    test("--init reaps: PID 1 is the engine's", async () => {
      const flags = ["--init", ...(use.name === "podman" ? ["--init-path", "/usr/bin/tini-static"] : [])];
      const { stdout } = await sh(flags, "cat /proc/1/comm; echo $$");
      expect(stdout).toMatch(/^(docker-init|tini|catatonit|podman-init)\n[2-9]\n$/);
    });

    test("--network none has the loopback alone, and host the host's", async () => {
      expect((await sh(["--network", "none"], "ls /sys/class/net")).stdout).toBe("lo\n");
      const host = await use.engine().host.require(["readlink", "/proc/self/ns/net"]);
      expect((await sh(["--network", "host"], "readlink /proc/self/ns/net")).stdout).toBe(host);
    });

    test("--publish: what listens in the container answers on the host", async () => {
      const id = await use.runDetached(
        "--publish",
        "8080:80",
        "busybox",
        "sh",
        "-c",
        "echo hello > /index.html; exec httpd -f -h /",
      );
      const get = ["curl", "--silent", "--fail", "--retry", "20", "--retry-connrefused", "--retry-delay", "1"];
      expect(await use.engine().host.require([...get, "http://127.0.0.1:8080/"])).toBe("hello\n");
      await use.remove(id);
    });

    test("container:… joins another container's network, pid and ipc namespaces", async () => {
      const first = await use.runDetached("--name", "first", "--ipc", "shareable", "busybox", "sleep", "1000");
      const script = "for n in net pid ipc uts; do readlink /proc/self/ns/$n; done; cat /proc/1/comm";
      const joins = ["--network", "--pid", "--ipc"].flatMap((flag) => [flag, "container:first"]);
      const inside = (await call("exec", first, "sh", "-c", script)).stdout.split("\n");
      const joined = (await sh(joins, script)).stdout.split("\n");
      expect(joined.slice(0, 3)).toEqual(inside.slice(0, 3));
      expect(joined[3]).not.toBe(inside[3]);
      expect(joined[4]).toBe("sleep");
      await use.remove(first);
    });
  });
}

function network(flags: string[]): string[] {
  return flags.includes("--network") ? flags : [...WITHOUT_NETWORK, ...flags];
}
