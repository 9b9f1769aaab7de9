import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BIN, freePorts } from "@mydocker/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CniResult } from "../src/cni/cni-types.ts";
import { type CniSandbox, makeCniSandbox } from "./cni-sandbox.ts";

/** The first of the ports of the host that these tests publish. */
const FIRST = await freePorts(60);

let sandbox: CniSandbox;
beforeEach(() => {
  sandbox = makeCniSandbox();
});
afterEach(() => sandbox.cleanUp());

const published = (hostPort: number, others: object = {}) => ({
  runtimeConfig: { portMappings: [{ hostPort, containerPort: 80, ...others }] },
});
const errorOf = ({ code, stdout }: { code: number; stdout: string }) => {
  expect(code).toBe(1);
  return JSON.parse(stdout) as { cniVersion: string; code: number; msg: string; details?: string };
};
/** What is there once nothing is attached and `gc` has run. */
const remains = async () => {
  await sandbox.tool("mydocker-net", ["gc"]);
  return sandbox.leftovers();
};

it("says which versions it speaks, whatever is on stdin, under any name of the directory it is in", async () => {
  const { stdout, code } = await sandbox.cni("VERSION", "");
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { cniVersion: "1.1.0", supportedVersions: ["0.4.0", "1.0.0", "1.1.0"] },
  ]);
  const directory = join(sandbox.directory, "cni bin");
  mkdirSync(directory);
  symlinkSync(join(BIN, "mydocker-net"), join(directory, "mydocker-net"));
  const linked = await sandbox.shell(`CNI_COMMAND=VERSION '${directory}/mydocker-net'`);
  expect(linked.stdout).toBe(stdout);
});

describe("ADD", () => {
  it("makes the interface and says all that there is to say of it", async () => {
    const netns = await sandbox.pod("pod");
    const result = await sandbox.add(sandbox.configuration());
    const { network } = sandbox;
    const [bridge, link, inside] = result.interfaces ?? [];
    const { stdout } = await sandbox.shell(`
      cat /sys/class/net/${bridge?.name}/address /sys/class/net/${link?.name}/address
      basename $(readlink /sys/class/net/${link?.name}/master)
      nsenter --net=${netns} ip -br address show eth0; nsenter --net=${netns} ip route`);
    const [bridgeMac, linkMac, master, address, ...routes] = stdout.trim().split("\n");
    expect(result).toEqual({
      cniVersion: "1.1.0",
      interfaces: [
        { name: master, mac: bridgeMac, mtu: 1500 },
        { name: link?.name, mac: linkMac, mtu: 1500 },
        { name: "eth0", mac: inside?.mac, mtu: 1500, sandbox: netns },
      ],
      ips: [{ address: `${network}.2/24`, gateway: `${network}.1`, interface: 2 }],
      routes: [{ dst: "0.0.0.0/0", gw: `${network}.1` }],
      dns: {},
    });
    expect(address).toMatch(new RegExp(`^eth0@\\S+ +UP +${network}.2/24`));
    expect(routes[0]).toBe(`default via ${network}.1 dev eth0 `);
    await sandbox.serve("pod", { netns, port: 80 });
    expect(await sandbox.ask(`${network}.2`, 80)).toBe(`pod ${network}.1`);
  });

  it("gives the older forms of the result to whoever speaks them", async () => {
    await sandbox.pod("pod");
    const old = await sandbox.add(sandbox.configuration({ cniVersion: "0.4.0" }));
    expect(old).toMatchObject({ cniVersion: "0.4.0", ips: [{ version: "4", interface: 2 }] });
    await sandbox.cni("DEL", sandbox.configuration({ cniVersion: "0.4.0" }));
    const { interfaces } = await sandbox.add(sandbox.configuration({ cniVersion: "1.0.0" }));
    expect(interfaces?.[0]).not.toHaveProperty("mtu");
  });

  it("takes address, MAC, MTU, routes and the name of the interface from the call", async () => {
    const netns = await sandbox.pod("pod");
    const { network } = sandbox;
    const result = await sandbox.add(
      sandbox.configuration({
        mtu: 1400,
        bridge: `${sandbox.paths.prefix}9`,
        isDefaultGateway: false,
        ipam: {
          subnet: `${network}.0/24`,
          gateway: `${network}.200`,
          routes: [{ dst: "10.99.0.0/16", gw: `${network}.9` }],
        },
        runtimeConfig: { ips: [`${network}.77/24`], mac: "C2:11:22:33:44:55", dns: { servers: ["10.0.0.53"] } },
      }),
      { ifname: "net1" },
    );
    expect(result.dns).toMatchObject({ nameservers: ["10.0.0.53"] });
    const { stdout } = await sandbox.shell(`nsenter --net=${netns} ip -o address show net1
      nsenter --net=${netns} ip -o link show net1; nsenter --net=${netns} ip route; ip -br address show ${sandbox.paths.prefix}9`);
    expect(stdout).toContain(`inet ${network}.77/24`);
    expect(stdout).toContain("mtu 1400");
    expect(stdout).toContain("link/ether c2:11:22:33:44:55");
    expect(stdout).toContain(`10.99.0.0/16 via ${network}.9 dev net1`);
    expect(stdout).not.toContain("default via");
    expect(stdout).toContain(`${network}.200/24`);
  });

  it("attaches one container to several networks, the first of which is its way out", async () => {
    const netns = await sandbox.pod("pod");
    const { network } = sandbox;
    const half = (name: string, start: number) =>
      sandbox.configuration({ name, ipam: { subnet: `${network}.${start}/25` } });
    await sandbox.add(half("one", 0));
    await sandbox.add(half("two", 128), { ifname: "eth1" });
    const { stdout } = await sandbox.shell(
      `nsenter --net=${netns} ip route get 192.0.2.1; nsenter --net=${netns} ip -br address`,
    );
    expect(stdout).toContain(`via ${network}.1 dev eth0`);
    expect(stdout).toContain(`${network}.130/25`);
    await sandbox.cni("DEL", half("one", 0));
    const after = await sandbox.shell(`nsenter --net=${netns} ip -br address`);
    expect(after.stdout).not.toContain("eth0");
    expect(after.stdout).toContain("eth1");
  });

  it("publishes ports, TCP and UDP, on every address or one", async () => {
    const netns = await sandbox.pod("pod");
    const portMappings = [
      { hostPort: FIRST, containerPort: 80, protocol: "tcp" },
      { hostPort: FIRST + 1, containerPort: 80, protocol: "udp", hostIP: "127.0.0.1" },
    ];
    await sandbox.add(sandbox.configuration({ runtimeConfig: { portMappings } }));
    await sandbox.serve("tcp", { netns, port: 80 });
    await sandbox.serve("udp", { netns, port: 80, protocol: "udp" });
    expect(await sandbox.ask("127.0.0.1", FIRST)).toMatch(/^tcp /);
    expect(await sandbox.ask(`${sandbox.network}.1`, FIRST)).toMatch(/^tcp /);
    expect(await sandbox.ask(`${sandbox.network}.1`, FIRST, { netns })).toMatch(/^tcp /);
    expect(await sandbox.ask("127.0.0.1", FIRST + 1, { protocol: "udp" })).toMatch(/^udp /);
    await sandbox.cni("DEL", sandbox.configuration());
    expect(await sandbox.ask("127.0.0.1", FIRST)).toBe("");
  });

  it("limits bandwidth, both ways", async () => {
    const netns = await sandbox.pod("pod");
    const bandwidth = { ingressRate: 8_000_000, ingressBurst: 800_000, egressRate: 8_000_000, egressBurst: 800_000 };
    const { interfaces } = await sandbox.add(sandbox.configuration({ runtimeConfig: { bandwidth } }));
    const inside = `nsenter --net=${netns}`;
    for (const [server, client, address] of [
      [inside, "", `${sandbox.network}.2`],
      ["", inside, `${sandbox.network}.1`],
    ]) {
      const { stdout, stderr } = await sandbox.shell(`
        exec 3< <(exec ${server} timeout 20 python3 -c '${DRAIN}'); read -r ready <&3
        ${client} timeout 20 python3 -c '${FILL}' ${address}; read -r milliseconds <&3; echo $milliseconds`);
      expect(stderr).toBe("");
      // 2 MB less the burst, at 1 MB a second.
      expect(Number(stdout)).toBeGreaterThan(1500);
    }
    await sandbox.cni("DEL", sandbox.configuration());
    const mirror = interfaces?.[1]?.name.replace("md-", "mi-");
    expect(readdirSync("/sys/class/net")).not.toContain(mirror);
  });

  it("lets networks reach each other unless they are isolated", async () => {
    const { network } = sandbox;
    const half = (name: string, start: number, isolate: boolean) =>
      sandbox.configuration({ name, isolate, ipam: { subnet: `${network}.${start}/25` } });
    const open = await sandbox.pod("open");
    const closed = await sandbox.pod("closed");
    await sandbox.add(half("open", 0, false), { pod: "open" });
    await sandbox.add(half("closed", 128, true), { pod: "closed" });
    await sandbox.serve("open", { netns: open, port: 80 });
    await sandbox.serve("closed", { netns: closed, port: 80 });
    expect(await sandbox.ask(`${network}.2`, 80, { netns: closed })).toMatch(/^open /);
    expect(await sandbox.ask(`${network}.130`, 80, { netns: open })).toBe("");
  });

  it("goes behind a plugin that was called before it", async () => {
    const netns = await sandbox.pod("pod");
    const prevResult = {
      cniVersion: "1.1.0",
      interfaces: [{ name: "lo", sandbox: netns }],
      ips: [{ address: "127.0.0.1/8", interface: 0 }],
    };
    const result = await sandbox.add(sandbox.configuration({ prevResult }));
    expect(result.interfaces?.map(({ name }) => name)).toEqual([
      "lo",
      expect.stringMatching(/^mb-/),
      expect.stringMatching(/^md-/),
      "eth0",
    ]);
    expect(result.ips?.map((ip) => ip.interface)).toEqual([0, 3]);
  });

  it("makes the names known that the runtime gives", async () => {
    const netns = await sandbox.pod("pod");
    await sandbox.pod("other");
    const named = (...aliases: string[]) => sandbox.configuration({ runtimeConfig: { aliases } });
    const result = await sandbox.add(named("db", "pg"));
    expect(result.dns).toEqual({ nameservers: [`${sandbox.network}.1`] });
    await sandbox.add(named("web"), { pod: "other" });
    const lookUp = async (name: string) =>
      (await sandbox.shell(`nsenter --net=${netns} busybox nslookup -type=a ${name} ${sandbox.network}.1`)).stdout;
    expect(await lookUp("pg")).toContain(`Address: ${sandbox.network}.2`);
    expect(await lookUp("web")).toContain(`Address: ${sandbox.network}.3`);
    await sandbox.cni("DEL", named("web"), { pod: "other" });
    expect(await lookUp("web")).not.toContain(`${sandbox.network}.3`);
    await sandbox.cni("DEL", named("db", "pg"));
    expect(await remains()).toEqual([]);
    expect((await sandbox.shell(`ls -d ${sandbox.paths.run}-names`)).stdout).toBe("");
  });

  it("serves many at once", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `many${index}`);
    await Promise.all(names.map((pod) => sandbox.pod(pod)));
    const results = await Promise.all(
      names.map((pod, index) => sandbox.add(sandbox.configuration(published(FIRST + 2 + index)), { pod })),
    );
    expect(new Set(results.map(({ ips }) => ips?.[0]?.address)).size).toBe(12);
    const ended = await Promise.all(names.map((pod) => sandbox.cni("DEL", sandbox.configuration(), { pod })));
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(names.map(() => [0, ""]));
    expect(await remains()).toEqual([]);
  });
});

describe("with another plugin for the addresses", () => {
  const delegated = (change: object = {}) => {
    const dataDir = join(sandbox.directory, "host-local");
    const ranges = [[{ subnet: `${sandbox.network}.0/24`, rangeStart: `${sandbox.network}.50` }]];
    return sandbox.configuration({ cniVersion: "1.0.0", ipam: { type: "host-local", dataDir, ranges }, ...change });
  };
  const given = () => readdirSync(join(sandbox.directory, "host-local/net")).filter((name) => /^\d/.test(name));

  it("asks it, and gives back", async () => {
    await sandbox.pod("pod");
    const result = await sandbox.add(delegated());
    expect(result.ips).toEqual([
      { address: `${sandbox.network}.50/24`, gateway: `${sandbox.network}.1`, interface: 2 },
    ]);
    expect(given()).toEqual([`${sandbox.network}.50`]);
    expect((await sandbox.cni("CHECK", delegated({ prevResult: result }))).stdout).toBe("");
    expect((await sandbox.cni("DEL", delegated())).code).toBe(0);
    expect(given()).toEqual([]);
    expect(await remains()).toEqual([]);
  });

  it("gives back what it got where the rest cannot be done", async () => {
    await sandbox.pod("pod");
    await sandbox.pod("other");
    await sandbox.add(delegated(published(FIRST)), { pod: "other" });
    const { code, msg } = errorOf(await sandbox.cni("ADD", delegated(published(FIRST))));
    expect([code, msg]).toEqual([100, `port ${FIRST}/tcp on 0.0.0.0 is already published by container other, by CNI`]);
    expect(given()).toEqual([`${sandbox.network}.50`]);
  });

  it("passes on what it says is wrong", async () => {
    await sandbox.pod("pod");
    const none = errorOf(await sandbox.cni("ADD", delegated({ ipam: { type: "no-such-plugin" } })));
    expect(none).toMatchObject({ code: 7, msg: "IPAM plugin no-such-plugin is not in CNI_PATH (/usr/lib/cni)" });
    const { msg } = errorOf(await sandbox.cni("ADD", delegated({ ipam: { type: "host-local" } })));
    expect(msg).toMatch(/^IPAM plugin host-local, ADD: .*range/);
    expect(await remains()).toEqual([]);
  });
});

describe("DEL", () => {
  it("takes everything away, and again, and when the namespace is gone, and of what never was", async () => {
    const netns = await sandbox.pod("pod");
    await sandbox.pod("gone");
    await sandbox.add(sandbox.configuration(published(FIRST)));
    await sandbox.add(sandbox.configuration(), { pod: "gone" });
    for (const options of [{}, {}, { env: { CNI_NETNS: "" } }, { pod: "never" }]) {
      expect(await sandbox.cni("DEL", sandbox.configuration(), options)).toMatchObject({
        code: 0,
        stdout: "",
        stderr: "",
      });
    }
    expect((await sandbox.shell(`nsenter --net=${netns} ip -br link`)).stdout).not.toContain("eth0");
    await sandbox.shell(`ip netns delete pod-${sandbox.paths.prefix}-gone`);
    expect((await sandbox.cni("DEL", sandbox.configuration(), { pod: "gone" })).code).toBe(0);
    expect(await remains()).toEqual([]);
  });
});

describe("CHECK", () => {
  const changes: [string, (result: CniResult, netns: string) => string, RegExp][] = [
    [
      "the address",
      (result, netns) => `nsenter --net=${netns} ip address delete ${result.ips?.[0]?.address} dev eth0`,
      /does not have the address/,
    ],
    ["the interface", (_, netns) => `nsenter --net=${netns} ip link delete eth0`, /is not on bridge/],
    ["the bridge", (result) => `ip link set ${result.interfaces?.[1]?.name} nomaster`, /is not on bridge/],
    [
      "a port",
      () => `nft flush map inet ${sandbox.paths.prefix} published`,
      /the firewall does not have 0.0.0.0:\d+->80\/tcp/,
    ],
  ];
  it.each(changes)("finds that %s is gone", async (_, change, message) => {
    const netns = await sandbox.pod("pod");
    const configuration = sandbox.configuration(published(FIRST));
    const prevResult = await sandbox.add(configuration);
    const checked = { ...configuration, prevResult };
    expect(await sandbox.cni("CHECK", checked)).toMatchObject({ code: 0, stdout: "" });
    expect((await sandbox.shell(change(prevResult, netns))).stderr).toBe("");
    const { code, msg } = errorOf(await sandbox.cni("CHECK", checked));
    expect(code).toBe(101);
    expect(msg).toMatch(message);
  });

  it("needs the result of ADD, and an ADD", async () => {
    await sandbox.pod("pod");
    expect(errorOf(await sandbox.cni("CHECK", sandbox.configuration())).code).toBe(7);
    const prevResult = { cniVersion: "1.1.0", ips: [] };
    expect(errorOf(await sandbox.cni("CHECK", sandbox.configuration({ prevResult }))).code).toBe(101);
  });
});

describe("GC and gc", () => {
  it("GC takes whom the runtime does not name, of its own network alone", async () => {
    for (const pod of ["a", "b", "c"]) await sandbox.pod(pod);
    const { network } = sandbox;
    const half = (name: string, start: number, others = {}) =>
      sandbox.configuration({ name, ipam: { subnet: `${network}.${start}/25` }, ...others });
    await sandbox.add(half("one", 0), { pod: "a" });
    await sandbox.add(half("one", 0, published(FIRST)), { pod: "b" });
    await sandbox.add(half("two", 128), { pod: "c" });
    const valid = { "cni.dev/valid-attachments": [{ containerID: "a", ifname: "eth0" }] };
    expect(await sandbox.cni("GC", half("one", 0, valid))).toMatchObject({ code: 0, stdout: "" });
    const files = readdirSync(join(sandbox.paths.run, "net/endpoints"));
    expect(files.sort()).toEqual(["cni:one:a:eth0.json", "cni:two:c:eth0.json"]);
    expect(readdirSync(join(sandbox.paths.run, "net/ports"))).toEqual([]);
  });

  it("our own gc leaves a pod alone as long as its namespace is there, without a process in it too", async () => {
    await sandbox.pod("pod");
    await sandbox.add(sandbox.configuration(published(FIRST)));
    expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toBe("");
    await sandbox.shell(`ip netns delete pod-${sandbox.paths.prefix}-pod`);
    // The kernel takes its time to remove what was in it.
    await sleep(500);
    const { stdout } = await sandbox.tool("mydocker-net", ["gc"]);
    expect(stdout).toMatch(/^endpoint cni:net:pod:eth0\nbridge mb-[0-9a-f]{12}\nfirewall table/);
    expect(await sandbox.leftovers()).toEqual([]);
  });

  it("finds everything that a killed ADD or DEL has left", async () => {
    for (let round = 0; round < 24; round += 1) {
      const pod = `kill${round}`;
      const netns = await sandbox.pod(pod);
      const configuration = sandbox.configuration({
        runtimeConfig: { bandwidth: { egressRate: 8_000_000 }, ...published(FIRST + 20 + round).runtimeConfig },
      });
      await kill("ADD", configuration, pod, netns, Math.random() * 120);
      if (round % 3 === 0) await kill("DEL", configuration, pod, netns, Math.random() * 80);
      if (round % 2 === 0) await sandbox.shell(`ip netns delete ${netns.replace("/run/netns/", "")}`);
      else await sandbox.cni("DEL", configuration, { pod });
    }
    await sleep(500);
    const { code, stderr } = await sandbox.tool("mydocker-net", ["gc"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(await sandbox.leftovers()).toEqual([]);
  });
});

it("STATUS is well where ADD can be served, and says what it lacks where not", async () => {
  expect(await sandbox.cni("STATUS", sandbox.configuration())).toMatchObject({ code: 0, stdout: "" });
  const bin = join(sandbox.directory, "bin");
  mkdirSync(bin);
  for (const program of ["ip", "nsenter"]) symlinkSync(`/usr/bin/${program}`, join(bin, program));
  const lacking = errorOf(await sandbox.cni("STATUS", sandbox.configuration(), { env: { PATH: bin } }));
  expect(lacking).toMatchObject({ code: 50, msg: "neither nft nor iptables can be run" });
  expect(errorOf(await sandbox.cni("STATUS", sandbox.configuration({ ipam: {} }))).code).toBe(7);
});

describe("what cannot be done changes nothing, and is one document", () => {
  it("calls that are none", async () => {
    const version = errorOf(await sandbox.cni("ADD", sandbox.configuration({ cniVersion: "9.0.0" })));
    expect(version).toMatchObject({ code: 1, details: "try: one of 0.4.0, 1.0.0, 1.1.0" });
    expect(errorOf(await sandbox.cni("ADD", "{")).code).toBe(6);
    expect(errorOf(await sandbox.cni("ADD", sandbox.configuration(), { containerId: "../x" })).code).toBe(4);
    expect(errorOf(await sandbox.cni("NONE", sandbox.configuration())).code).toBe(4);
    expect(errorOf(await sandbox.cni("ADD", sandbox.configuration({ cniVersion: "0.4.0", ipam: {} })))).toMatchObject({
      cniVersion: "0.4.0",
      code: 7,
    });
    expect(await remains()).toEqual([]);
  });

  it("an interface that is there, an address that is taken, and an endpoint that is there", async () => {
    const netns = await sandbox.pod("pod");
    await sandbox.pod("second");
    await sandbox.shell(`nsenter --net=${netns} ip link add net1 type bridge`);
    const there = errorOf(await sandbox.cni("ADD", sandbox.configuration(), { ifname: "net1" }));
    expect(there).toMatchObject({ code: 100, msg: `interface net1 is there already in the namespace ${netns}` });
    const wanted = { runtimeConfig: { ips: [`${sandbox.network}.9/24`] } };
    await sandbox.add(sandbox.configuration(wanted));
    const taken = errorOf(await sandbox.cni("ADD", sandbox.configuration(wanted), { pod: "second" }));
    expect(taken).toMatchObject({
      code: 100,
      msg: `network net: address ${sandbox.network}.9 is taken by container pod, by CNI`,
    });
    expect(errorOf(await sandbox.cni("ADD", sandbox.configuration())).code).toBe(100);
    const gone = errorOf(await sandbox.cni("ADD", sandbox.configuration(), { pod: "nowhere" }));
    expect(gone.msg).toContain("nowhere");
    expect((await sandbox.shell(`nsenter --net=${netns} ip -br address show eth0`)).stdout).toContain(
      `${sandbox.network}.9/24`,
    );
  });

  it("a bridge that is somebody else's, a subnet that the host has routes into", async () => {
    await sandbox.pod("pod");
    const foreign = `${sandbox.paths.prefix}8`;
    await sandbox.shell(`ip link add ${foreign} type bridge`);
    const bridge = errorOf(await sandbox.cni("ADD", sandbox.configuration({ bridge: foreign })));
    expect(bridge).toMatchObject({
      code: 100,
      msg: `network net: the host has a link ${foreign}, and it is not mydocker's`,
    });
    await sandbox.shell(`ip address add ${sandbox.network}.1/24 dev ${foreign}; ip link set ${foreign} up`);
    const subnet = errorOf(await sandbox.cni("ADD", sandbox.configuration()));
    expect(subnet).toMatchObject({
      code: 100,
      msg: expect.stringContaining(`the host already has a route into ${sandbox.network}.0/24`),
    });
    expect(await remains()).toEqual([foreign]);
    await sandbox.shell(`ip link delete ${foreign}`);
  });

  it("a network with other addresses than those its containers have", async () => {
    await sandbox.pod("pod");
    await sandbox.pod("second");
    const small = (bits: number, start: number) =>
      sandbox.configuration({ ipam: { subnet: `${sandbox.network}.${start}/${bits}` } });
    await sandbox.add(small(25, 0));
    const { code, msg } = errorOf(await sandbox.cni("ADD", small(25, 128), { pod: "second" }));
    expect([code, msg]).toEqual([
      100,
      `network net has the subnet ${sandbox.network}.0/25, not ${sandbox.network}.128/25, and containers on it`,
    ]);
  });
});

/** Takes all that one client sends, and says how many milliseconds that took. */
const DRAIN = `
import socket, time
server = socket.create_server(("0.0.0.0", 9000))
print("ready", flush=True)
client, _ = server.accept()
start = time.monotonic()
while client.recv(65536): pass
print(int((time.monotonic() - start) * 1000), flush=True)`;

const FILL = `
import socket, sys
client = socket.create_connection((sys.argv[1], 9000), 5)
client.settimeout(20)
client.sendall(bytes(2000000))`;

/** Starts the plugin and kills it after some milliseconds. */
async function kill(command: string, configuration: object, pod: string, netns: string, after: number): Promise<void> {
  const child = spawn(join(BIN, "mydocker-net"), [], {
    stdio: ["pipe", "ignore", "ignore"],
    env: {
      ...process.env,
      ...sandbox.env,
      CNI_COMMAND: command,
      CNI_CONTAINERID: pod,
      CNI_NETNS: netns,
      CNI_IFNAME: "eth0",
      CNI_PATH: "/usr/lib/cni",
    },
  });
  const ended = once(child, "exit");
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(configuration));
  const timer = setTimeout(() => child.kill("SIGKILL"), after);
  await ended;
  clearTimeout(timer);
}
