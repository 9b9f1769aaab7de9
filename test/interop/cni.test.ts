import { join } from "node:path";
import { BIN } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cniRuntime, mydockerNetwork, type Plugin, pluginDirectory } from "./support/cni.ts";
import { type Containerd, startContainerd } from "./support/containerd.ts";
import type { Engine } from "./support/engine.ts";
import { type EngineHost, makeEngineHost } from "./support/engine-host.ts";
import { type HostState, readHostState, remainsSince } from "./support/host-state.ts";
import { PAUSE } from "./support/image.ts";
import { type Kubelet, playKubelet } from "./support/kubelet.ts";
import { startPodman } from "./support/podman.ts";

const GET = [
  "curl",
  "--silent",
  "--fail",
  "--max-time",
  "5",
  "--retry",
  "20",
  "--retry-connrefused",
  "--retry-delay",
  "1",
];
const PLACES = ["/run/mydocker/net/endpoints", "/run/mydocker/net/ports", "/run/mydocker/net/keys"];

/** What mydocker-net keeps for the next one goes too: then nothing may be left. */
const collect = (host: EngineHost): Promise<string> => host.require([join(BIN, "mydocker-net"), "gc"]);

/** Fetches from within the network namespace that has an address. */
const getFrom = (host: EngineHost, address: string, url: string): Promise<string> => {
  const script = `for path in /run/netns/*; do
    nsenter --net=$path ip -br address show eth0 | grep -q " ${address}/" && exec nsenter --net=$path ${GET.join(" ")} ${url}
  done; exit 1`;
  return host.require(["sh", "-c", script]);
};

describe("in a chain with Debian's plugins", () => {
  let host: EngineHost;
  let bin: string;
  let before: HostState;

  beforeAll(async () => {
    host = await makeEngineHost();
    bin = pluginDirectory(host);
    // Where iptables' plugins make chains, the chains stay.
    await host.require(["sh", "-c", "mkdir -p /run/netns; iptables -t nat -L > /dev/null; iptables -L > /dev/null"]);
  });
  afterAll(async () => {
    await host?.cleanUp();
  });

  const tuning = { type: "tuning", sysctl: { "net.core.somaxconn": "77" } };
  const firewall = { type: "firewall", backend: "iptables" };
  const bandwidth = { type: "bandwidth", capabilities: { bandwidth: true } };
  const portmap = { type: "portmap", capabilities: { portMappings: true }, snat: true };
  const args = {
    portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    bandwidth: { ingressRate: 80_000_000, ingressBurst: 8_000_000, egressRate: 80_000_000, egressBurst: 8_000_000 },
  };
  const pod = async (id: string, before: Plugin[], capabilities: string[], after: Plugin[]) => {
    await host.require(["ip", "netns", "add", id]);
    const list = mydockerNetwork(host);
    const ours = list.plugins.map((plugin) => ({
      ...plugin,
      capabilities: Object.fromEntries(capabilities.map((name) => [name, true])),
    }));
    const plugins = [...before, ...ours, ...after];
    return cniRuntime(host, { ...list, plugins }, { id, netns: `/run/netns/${id}`, bin }, args);
  };
  const serve = (id: string) =>
    host.start(
      ["ip", "netns", "exec", id, "busybox", "httpd", "-f", "-p", "80", "-h", "/etc"],
      join(host.directory, `${id}.log`),
    );

  test.each<[string, Plugin[], string[], Plugin[]]>([
    [
      "loopback before it, tuning and firewall behind",
      [{ type: "loopback" }],
      ["portMappings", "bandwidth"],
      [tuning, firewall],
    ],
    ["tuning, bandwidth, firewall and portmap behind it", [], [], [tuning, bandwidth, firewall, portmap]],
  ])("%s", async (_, inFront, capabilities, behind) => {
    const warmUp = await pod("warm-up", inFront, capabilities, behind);
    await warmUp.add();
    await warmUp.remove();
    await host.require(["ip", "netns", "delete", "warm-up"]);
    await collect(host);
    before = await readHostState(host, PLACES);

    const runtime = await pod("chained", inFront, capabilities, behind);
    expect(await runtime.add()).toMatchObject({
      interfaces: expect.arrayContaining([expect.objectContaining({ name: "eth0", sandbox: "/run/netns/chained" })]),
    });
    await runtime.check();
    const daemon = serve("chained");
    expect(await host.require([...GET, "http://127.0.0.1:8080/debian_version"])).toMatch(/\d/);
    expect(await host.require(["ip", "netns", "exec", "chained", "cat", "/proc/sys/net/core/somaxconn"])).toBe("77\n");
    expect(await host.require(["iptables-save"])).toContain("CNI-FORWARD");
    expect(await host.require(["tc", "qdisc", "show"])).toContain("rate 80Mbit");
    await daemon.stop();
    await runtime.remove();
    await runtime.remove();
    await host.require(["ip", "netns", "delete", "chained"]);
    await collect(host);
    expect(await remainsSince(before, host, PLACES)).toEqual([]);
  });
});

describe("podman with a CNI network", () => {
  let podman: Engine;
  beforeAll(async () => {
    podman = await startPodman({ ownNetwork: true });
  });
  afterAll(async () => {
    await podman?.stop();
    await podman?.host.cleanUp();
  });

  const run = (...args: string[]) =>
    podman.host.require([...podman.command, "run", ...podman.runFlags, "--network", "mydocker", ...args]);

  test("ports, a fixed address, and each other", async () => {
    const { host, command } = podman;
    const { network } = host.sandbox;
    const serve = ["busybox", "sh", "-c", "echo hello > /index.html; exec httpd -f -h /"];
    const first = (await run("--detach", "--publish", "8080:80", "--ip", `${network}.99`, ...serve)).trim();
    for (const address of [`${network}.99`, "127.0.0.1:8080", `${network}.1:8080`]) {
      expect(await host.require([...GET, `http://${address}/`])).toBe("hello\n");
    }
    await run("--detach", "--ip", `${network}.98`, "busybox", "sleep", "1000");
    for (const address of [`${network}.99`, `${network}.1:8080`]) {
      expect(await getFrom(host, `${network}.98`, `http://${address}/`)).toBe("hello\n");
    }
    const second = await host.run([
      ...command,
      "run",
      ...podman.runFlags,
      "--network",
      "mydocker",
      "--publish",
      "8080:80",
      "busybox",
      "true",
    ]);
    expect(second.code).toBe(126);
    expect(second.stderr).toContain(
      `port 8080/tcp on 0.0.0.0 is already published by container ${first.slice(0, 12)}, by CNI`,
    );
    await host.require([...command, "restart", "--time", "0", first]);
    expect(await host.require([...GET, "http://127.0.0.1:8080/"])).toBe("hello\n");
    await host.require([...command, "rm", "--force", "--time", "0", "--all"]);
    await collect(host);
    expect(
      await host.require(["sh", "-c", `find ${PLACES.join(" ")} -type f; nft list tables; ls /sys/class/net`]),
    ).toMatch(/^(?!.*mydocker)[\s\S]*$/);
  });
});

describe("containerd's CRI with mydocker-net as its network", () => {
  let containerd: Containerd;
  let kubelet: Kubelet;
  let before: HostState;

  beforeAll(async () => {
    containerd = await startContainerd(PAUSE, { ownNetwork: true });
    kubelet = await playKubelet(containerd);
    await kubelet.removePod(await kubelet.runPod("warm-up"));
    await collect(containerd.host);
    before = await readHostState(containerd.host, PLACES);
  });
  afterAll(async () => {
    kubelet?.close();
    await containerd?.stop();
    await containerd?.host.cleanUp();
  });

  test("the runtime finds the network ready", async () => {
    const { status } = await kubelet.cri.call("Status", {});
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: "NetworkReady", status: true }));
  });

  test("pods have addresses, reach each other, and publish ports; nothing is left of them", async () => {
    const { host } = containerd;
    const pods = await Promise.all([kubelet.runPod("first", { hostPort: 8080 }), kubelet.runPod("second")]);
    const [first] = pods;
    const [address, other] = await Promise.all(pods.map((pod) => kubelet.address(pod)));
    expect([address, other].sort()).toEqual([`${host.sandbox.network}.2`, `${host.sandbox.network}.3`]);
    await kubelet.startContainer(first, ["sh", "-c", "echo hello > /index.html; exec httpd -f -h /"], { name: "web" });
    for (const place of [`${address}`, "127.0.0.1:8080", `${host.sandbox.network}.1:8080`]) {
      expect(await host.require([...GET, `http://${place}/`])).toBe("hello\n");
    }
    for (const place of [`${address}`, `${host.sandbox.network}.1:8080`]) {
      expect(await getFrom(host, `${other}`, `http://${place}/`)).toBe("hello\n");
    }
    await expect(kubelet.runPod("third", { hostPort: 8080 })).rejects.toThrow(
      /port 8080\/tcp on 0.0.0.0 is already published by container [0-9a-f]{12}, by CNI/,
    );
    for (const pod of pods) await kubelet.removePod(pod);
    await collect(host);
    expect(await remainsSince(before, host, PLACES)).toEqual([]);
  });
});
