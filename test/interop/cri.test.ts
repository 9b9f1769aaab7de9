import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Containerd, startContainerd } from "./support/containerd.ts";
import type { Namespaces } from "./support/cri-client.ts";
import { type HostState, readHostState, remainsSince } from "./support/host-state.ts";
import { PAUSE } from "./support/image.ts";
import { type Kubelet, NAMESPACES, type Pod, playKubelet } from "./support/kubelet.ts";

/** Where containerd's shim has the runtime keep its containers, and the runtime's own place. */
const PLACES = ["/run/containerd/runc", "/run/mydocker/init"];

let containerd: Containerd;
let kubelet: Kubelet;
let before: HostState;

beforeAll(async () => {
  containerd = await startContainerd(PAUSE);
  kubelet = await playKubelet(containerd);
  // With runc: what the engine and its network plugin make once, they keep.
  await kubelet.removePod(await kubelet.runPod("warm-up", { runtime: "runc", hostPort: 8000 }));
  before = await readHostState(containerd.host, PLACES);
});

afterAll(async () => {
  kubelet?.close();
  await containerd?.stop();
  await containerd?.host.cleanUp();
});

describe("a pod of two containers", () => {
  let pod: Pod;
  let first: string;
  let second: string;

  beforeAll(async () => {
    pod = await kubelet.runPod("pair", { hostPort: 8080, sysctls: { "net.ipv4.ip_default_ttl": "77" } });
    first = await kubelet.startContainer(pod, ["sh", "-c", "echo hello > /index.html; exec httpd -f -h /"], {
      name: "web",
      envs: [{ key: "A", value: "a b" }],
      resources: { memory_limit_in_bytes: 64 << 20, cpu_period: 100_000, cpu_quota: 50_000, oom_score_adj: 500 },
    });
    second = await kubelet.startContainer(pod, ["sleep", "1000"], { name: "side" });
  });

  afterAll(async () => {
    await kubelet.removePod(pod);
  });

  const get = ["curl", "--silent", "--fail", "--retry", "20", "--retry-connrefused", "--retry-delay", "1"];

  test("the pod is ready, with an address by the network plugin; its port answers on the host", async () => {
    const { status: found } = await kubelet.cri.call("PodSandboxStatus", { pod_sandbox_id: pod.id });
    expect(found.state).toBe("SANDBOX_READY");
    expect(found.network.ip.startsWith(`${containerd.host.sandbox.network}.`)).toBe(true);
    for (const address of [found.network.ip, `${containerd.host.sandbox.network}.1:8080`]) {
      expect(await containerd.host.require([...get, `http://${address}/`])).toBe("hello\n");
    }
  });

  test("they share network and ipc and the host's name, not pid and mounts", async () => {
    const script =
      "hostname; cat /proc/sys/net/ipv4/ip_default_ttl; for n in net ipc uts pid mnt; do readlink /proc/self/ns/$n; done";
    const inFirst = (await kubelet.exec(first, "sh", "-c", script)).stdout.split("\n");
    const inSecond = (await kubelet.exec(second, "sh", "-c", script)).stdout.split("\n");
    expect(inFirst.slice(0, 2)).toEqual(["pair", "77"]);
    expect(inSecond.slice(0, 5)).toEqual(inFirst.slice(0, 5));
    expect(inSecond[5]).not.toBe(inFirst[5]);
    expect(inSecond[6]).not.toBe(inFirst[6]);
    expect((await kubelet.exec(second, "wget", "-q", "-O", "-", "http://127.0.0.1/")).stdout).toBe("hello\n");
  });

  test("ExecSync: output, exit codes, environment, and a command that is missing", async () => {
    expect(await kubelet.exec(first, "sh", "-c", 'echo "$A"; echo err >&2; exit 3')).toEqual({
      code: 3,
      stdout: "a b\n",
      stderr: "err\n",
    });
    await expect(kubelet.exec(first, "no-such-command")).rejects.toThrow(/no-such-command.*not found/);
  });

  test("resources, statistics, and an update", async () => {
    const script = `
      cd /sys/fs/cgroup
      cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes
      cat cpu.max 2>/dev/null || echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us)`;
    expect((await kubelet.exec(first, "sh", "-c", script)).stdout).toBe("67108864\n50000 100000\n");
    expect((await kubelet.exec(first, "cat", "/proc/1/oom_score_adj")).stdout).toBe("500\n");
    const { stats } = await kubelet.cri.call("ContainerStats", { container_id: first });
    expect(stats.memory.working_set_bytes.value).toBeGreaterThan(0);
    expect(stats.cpu.usage_core_nano_seconds.value).toBeGreaterThan(0);
    await kubelet.cri.call("UpdateContainerResources", {
      container_id: first,
      linux: { memory_limit_in_bytes: 32 << 20, cpu_period: 100_000, cpu_quota: 25_000 },
    });
    expect((await kubelet.exec(first, "sh", "-c", script)).stdout).toBe("33554432\n25000 100000\n");
  });

  test("StopContainer ends one of them, and the other goes on", async () => {
    expect((await kubelet.status(second)).state).toBe("CONTAINER_RUNNING");
    await kubelet.cri.call("StopContainer", { container_id: second, timeout: 1 });
    expect(await kubelet.status(second)).toMatchObject({ state: "CONTAINER_EXITED", exit_code: 137 });
    await kubelet.cri.call("RemoveContainer", { container_id: second });
    expect((await kubelet.exec(first, "hostname")).stdout).toBe("pair\n");
  });
});

describe("a container", () => {
  let pod: Pod;

  beforeAll(async () => {
    pod = await kubelet.runPod("single");
  });

  afterAll(async () => {
    await kubelet.removePod(pod);
  });

  test("security context: user, groups, capabilities, read-only root, seccomp, no new privileges, masks", async () => {
    const shared = join(containerd.host.directory, "shared");
    mkdirSync(shared);
    const id = await kubelet.startContainer(pod, ["sleep", "1000"], {
      name: "secure",
      mounts: [{ container_path: "/ro", host_path: shared, readonly: true }],
      security: {
        run_as_user: { value: 1000 },
        run_as_group: { value: 1001 },
        supplemental_groups: [44],
        readonly_rootfs: true,
        no_new_privs: true,
        capabilities: { drop_capabilities: ["ALL"], add_capabilities: ["NET_BIND_SERVICE"] },
        seccomp: { profile_type: "RuntimeDefault" },
        masked_paths: ["/proc/timer_list"],
        readonly_paths: ["/proc/sys"],
      },
    });
    const script = `
      id -u; id -G; touch /x 2>&1; touch /ro/x 2>&1; wc -c < /proc/timer_list
      for f in CapBnd NoNewPrivs Seccomp; do grep ^$f: /proc/1/status | cut -f2; done`;
    expect((await kubelet.exec(id, "sh", "-c", script)).stdout.split("\n")).toEqual([
      ...["1000", "1001 44", "touch: /x: Read-only file system", "touch: /ro/x: Read-only file system", "0"],
      ...["0000000000000400", "1", "2", ""],
    ]);
  });

  test("its output is in the log, its exit code in the status", async () => {
    const id = await kubelet.startContainer(pod, ["sh", "-c", "echo out; echo err >&2; exit 7"], { name: "ends" });
    expect(await kubelet.ended(id)).toMatchObject({ exit_code: 7 });
    const log = readFileSync(join(kubelet.logDirectory, "ends.log"), "utf8");
    expect(log).toMatch(/stdout F out$/m);
    expect(log).toMatch(/stderr F err$/m);
  });

  test("one that takes more than its memory is OOMKilled", async () => {
    const options = { name: "greedy", resources: { memory_limit_in_bytes: 16 << 20 } };
    const id = await kubelet.startContainer(pod, ["tail", "/dev/zero"], options);
    expect(await kubelet.ended(id)).toMatchObject({ exit_code: 137, reason: "OOMKilled" });
  });

  test("a command that is missing is an error of StartContainer, which names it", async () => {
    await expect(kubelet.startContainer(pod, ["no-such-command"], { name: "missing" })).rejects.toThrow(
      /no-such-command.*not found/,
    );
  });

  test("what a process leaves in a pid namespace that the pod shares ends with the pod", async () => {
    const namespaces: Namespaces = { ...NAMESPACES, pid: "POD" };
    const shared = await kubelet.runPod("shared", { namespaces });
    const security = { namespace_options: namespaces };
    const id = await kubelet.startContainer(shared, ["sh", "-c", "sleep 987654 & sleep 1000"], {
      name: "leaves",
      security,
    });
    expect((await kubelet.exec(id, "cat", "/proc/1/cmdline")).stdout).toContain("sleep 3600");
    await kubelet.cri.call("StopContainer", { container_id: id, timeout: 0 });
    await kubelet.removePod(shared);
    expect((await containerd.host.run(["pgrep", "--full", "sleep 987654"])).stdout).toBe("");
  });

  test("a pod in the host's network", async () => {
    const namespaces: Namespaces = { ...NAMESPACES, network: "NODE" };
    const onHost = await kubelet.runPod("host", { namespaces });
    const security = { namespace_options: namespaces };
    const id = await kubelet.startContainer(onHost, ["sleep", "1000"], { name: "onhost", security });
    const { stdout } = await kubelet.exec(id, "readlink", "/proc/self/ns/net");
    expect(stdout).toBe(await containerd.host.require(["readlink", "/proc/self/ns/net"]));
    await kubelet.removePod(onHost);
  });
});

test("when the pods are gone nothing is left: processes, mounts, cgroups, namespaces, links, rules, files", async () => {
  expect(await remainsSince(before, containerd.host, PLACES)).toEqual([]);
});
