import { readdirSync } from "node:fs";
import { hostname } from "node:os";
import { freePorts } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { leftovers } from "./support/leftovers.ts";

/** The first of the ports of the host that these tests publish. */
const FIRST = await freePorts(8);

/** What `mydocker-net show` prints, as far as it is looked at here. */
interface Shown {
  claimed: { address: string };
  kernel: { interface: { routes: string[] }; link: { statistics: { tx_packets: number } } };
  further: unknown[];
}

let sandbox: Sandbox;
/** Subnets of 10.213.N.0/24 that networks here have; the sandbox's own network has another. */
let subnet: (quarter: number) => string;
beforeAll(() => {
  sandbox = makeSandbox();
  const { network } = sandbox;
  sandbox.env.MYDOCKER_SUBNET = `${network}.0/26`;
  subnet = (quarter) => `${network}.${quarter * 64}/26`;
});
afterAll(async () => {
  await mydocker("network", "prune", "-f");
  await sandbox.cleanUp();
});

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);
const require = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await mydocker(...args);
  if (code !== 0 || stderr !== "") throw new Error(`mydocker ${args.join(" ")}: ${code}: ${stderr}`);
  return stdout.trim();
};
const remove = (...names: string[]) => require("rm", "-f", ...names);
/** Whether a container gets an answer from an address. */
const reaches = async (container: string, address: string): Promise<boolean> =>
  (await mydocker("exec", container, "ping", "-c", "1", "-W", "2", address)).code === 0;
const addressOf = async (container: string): Promise<string> =>
  require("inspect", "-f", "{{.NetworkSettings.IPAddress}}", container);

describe("network create, ls, inspect, rm", () => {
  test("one from its creation to its end", async () => {
    const id = await require("network", "create", "--subnet", subnet(1), "--label", "a=b", "web");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const table = (await require("network", "ls")).split("\n").map((line) => line.split(/ {3,}/));
    expect(table[0]).toEqual(["NETWORK ID", "NAME", "DRIVER", "SCOPE"]);
    expect(table.slice(1).map(([, ...columns]) => columns)).toEqual([
      ["bridge", "bridge", "local"],
      ["host", "host", "local"],
      ["none", "null", "local"],
      ["web", "bridge", "local"],
    ]);
    expect(await require("network", "ls", "-q", "--no-trunc", "--filter", "name=web")).toBe(id);
    expect(await require("network", "ls", "--filter", "label=a=b", "--format", "{{.Name}} {{.Labels}}")).toBe(
      "web a=b",
    );
    await require("run", "-d", "--name", "one", "--network", "web", "busybox", "sleep", "1000");
    const [inspected] = JSON.parse(await require("network", "inspect", id.slice(0, 10))) as [Record<string, unknown>];
    const [containerId] = (await require("ps", "-q", "--no-trunc")).split("\n");
    expect(inspected).toMatchObject({
      ...{ Name: "web", Id: id, Driver: "bridge", EnableIPv6: false, Internal: false, Labels: { a: "b" } },
      IPAM: { Config: [{ Subnet: subnet(1), Gateway: `${sandbox.network}.65` }] },
      Containers: { [containerId ?? ""]: { Name: "one", IPv4Address: `${sandbox.network}.66/26` } },
    });
    const inUse = await mydocker("network", "rm", "web");
    expect(inUse).toMatchObject({ code: 1, stdout: "" });
    expect(inUse.stderr).toContain('network web is in use by container "one"');
    await remove("one");
    const bridge =
      await require("network", "inspect", "-f", '{{index .Options "com.docker.network.bridge.name"}}', "web");
    expect(readdirSync("/sys/class/net")).toContain(bridge);
    expect(await require("network", "rm", "web")).toBe("web");
    expect(readdirSync("/sys/class/net")).not.toContain(bridge);
    expect(await mydocker("network", "rm", "web")).toMatchObject({ code: 1 });
    expect(await mydocker("network", "rm", "-f", "web")).toMatchObject({ code: 0, stderr: "" });
  });

  test("twenty at once have subnets of their own, and prune takes those that nobody uses", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `many${index}`);
    await Promise.all(names.map((name) => require("network", "create", "--label", "many", name)));
    const format = "{{range .IPAM.Config}}{{.Subnet}}{{end}}";
    const subnets = (await require("network", "inspect", "-f", format, ...names)).split("\n");
    expect(new Set(subnets).size).toBe(names.length);
    // A name that every object of JavaScript's knows is not every network's label.
    expect((await mydocker("network", "prune", "-f", "--filter", "label=constructor")).stdout).toBe("");
    expect((await mydocker("network", "ls", "-q", "--filter", "label=constructor")).stdout).toBe("");
    const { stdout } = await mydocker("network", "prune", "-f", "--filter", "label=many");
    expect(stdout).toBe(`Deleted Networks:\n${names.join("\n")}\n\n`);
  });

  test.each([
    [["--subnet", "10.5.0.1/24", "x"], "bits set behind the first 24; try: 10.5.0.0/24"],
    [
      ["--subnet", "10.5.0.0/24", "--gateway", "10.6.0.1", "x"],
      'gateway "10.6.0.1": expected an address from 10.5.0.1',
    ],
    [["-d", "overlay", "x"], 'driver "overlay": expected bridge or macvlan'],
    [
      ["-d", "macvlan", "--subnet", "10.5.0.0/24", "x"],
      "needs a link of the host that it is part of; try: -o parent=eth0",
    ],
    [["host"], 'network name "host" is mydocker\'s own'],
    [["a/b"], 'network name "a/b"'],
    [["--opt", "com.docker.network.bridge.name=a-bridge-that-is-too-long", "x"], "at most 15"],
  ])("create %j is refused in one line, and makes nothing", async (args, message) => {
    const { code, stdout, stderr } = await mydocker("network", "create", ...args);
    expect([code, stdout]).toEqual([125, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await require("network", "ls", "--filter", "name=x", "-q")).toBe("");
  });

  test("create knows what is there: names, subnets, bridges", async () => {
    await require("network", "create", "--subnet", subnet(1), "there");
    const again = await mydocker("network", "create", "there");
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("network with name there already exists")]);
    const overlapping = await mydocker("network", "create", "--subnet", `${sandbox.network}.96/27`, "other");
    expect(overlapping.stderr).toContain(`subnet ${sandbox.network}.96/27 overlaps with network there's`);
    const ours = await mydocker("network", "create", "--subnet", `${sandbox.network}.32/27`, "other");
    expect(ours.stderr).toContain("overlaps with network bridge's");
    const bridge = `com.docker.network.bridge.name=${sandbox.paths.prefix}0`;
    expect((await mydocker("network", "create", "-o", bridge, "other")).stderr).toContain("is network bridge's");
    await require("network", "rm", "there");
  });

  test("a bridge of that name that is somebody else's is left alone", async () => {
    const foreign = `${sandbox.paths.prefix}7`;
    await sandbox.shell(`ip link add ${foreign} type bridge`);
    await require("network", "create", "--subnet", subnet(
      1,
    ), "-o", `com.docker.network.bridge.name=${foreign}`, "taken");
    const run = await mydocker("run", "--rm", "--network", "taken", "busybox", "true");
    expect([run.code, run.stderr]).toEqual([
      125,
      expect.stringContaining(`the host has a link ${foreign}, and it is not mydocker's`),
    ]);
    await require("network", "rm", "taken");
    expect((await sandbox.shell(`ip link delete ${foreign}`)).code).toBe(0);
  });
});

describe("containers on networks", () => {
  beforeAll(async () => {
    await require("network", "create", "--subnet", subnet(1), "--subnet", "fd29:5::/64", "front");
    await require("network", "create", "--subnet", subnet(2), "--internal", "back");
  });
  afterAll(async () => {
    await require("network", "rm", "front", "back");
  });

  test("have the addresses that they ask for", async () => {
    const { network } = sandbox;
    const asked = ["--ip", `${network}.99`, "--ip6", "fd29:5::99", "--mac-address", "02:42:00:00:00:63"];
    const shown =
      await require("run", "--rm", "--network", "front", ...asked, "busybox", "ip", "address", "show", "eth0");
    for (const part of [`inet ${network}.99/26`, "inet6 fd29:5::99/64", "link/ether 02:42:00:00:00:63"])
      expect(shown).toContain(part);
    const plain = await require("run", "--rm", "busybox", "ip", "address");
    expect(plain).not.toContain("fe80");
  });

  test("reach their own network, and no other; an internal one reaches nobody outside", async () => {
    await require("run", "-d", "--name", "f1", "--network", "front", "busybox", "sleep", "1000");
    await require("run", "-d", "--name", "f2", "--network", "front", "busybox", "sleep", "1000");
    await require("run", "-d", "--name", "b1", "--network", "back", "busybox", "sleep", "1000");
    await require("run", "-d", "--name", "d1", "busybox", "sleep", "1000");
    const [f2, b1, d1] = await Promise.all(["f2", "b1", "d1"].map(addressOf));
    expect(await reaches("f1", f2 ?? "")).toBe(true);
    expect(await reaches("f1", "fd29:5::3")).toBe(true);
    expect(await reaches("f1", b1 ?? "")).toBe(false);
    expect(await reaches("f1", d1 ?? "")).toBe(false);
    expect(await reaches("d1", f2 ?? "")).toBe(false);
    expect(await reaches("b1", f2 ?? "")).toBe(false);
    expect(await reaches("b1", `${sandbox.network}.129`)).toBe(true);
    const routes = await require("exec", "b1", "ip", "route");
    expect(routes).not.toContain("default");
  });

  test("connect and disconnect while they run", async () => {
    expect(await require("network", "connect", "--ip", `${sandbox.network}.140`, "back", "f1")).toBe("");
    expect(await reaches("f1", await addressOf("b1"))).toBe(true);
    expect(await require("exec", "f1", "ip", "address", "show", "eth1")).toContain(`${sandbox.network}.140/26`);
    expect(await require("exec", "f1", "ip", "route")).toContain("default via");
    const names = "{{range .Containers}}{{.Name}} {{end}}";
    expect((await require("network", "inspect", "-f", names, "back")).split(" ").sort()).toEqual(["b1", "f1"]);
    expect((await mydocker("network", "connect", "back", "f1")).stderr).toContain(
      "container f1 is on network back already",
    );
    expect((await mydocker("network", "rm", "back")).code).toBe(1);
    await require("network", "disconnect", "back", "f1");
    expect(await reaches("f1", await addressOf("b1"))).toBe(false);
    expect((await mydocker("network", "disconnect", "back", "f1")).stderr).toContain(
      "is not connected to network back",
    );
    await require("network", "disconnect", "front", "f1");
    expect(await require("exec", "f1", "ip", "address")).not.toContain("eth0");
    await require("network", "connect", "back", "f2");
    const id = await require("ps", "-q", "--filter", "name=f2");
    const shown = JSON.parse((await sandbox.tool("mydocker-net", ["show", id])).stdout) as Shown;
    expect(shown.kernel.interface).toMatchObject({
      name: "eth0",
      state: "UP",
      addresses: expect.arrayContaining([shown.claimed.address]),
    });
    expect(shown.kernel.interface.routes).toContain(`default via ${sandbox.network}.65`);
    expect(shown.kernel.link.statistics.tx_packets).toBeGreaterThan(0);
    expect(shown.further).toMatchObject([{ network: "back", kernel: { interface: { name: "eth1" } } }]);
    const tree = (await sandbox.tool("mydocker-net", ["graph", "--format", "text"])).stdout;
    expect(tree).toMatch(/back, bridge mb-[0-9a-f]{12}, .*, internal\n(.*\n)*.*eth1 f2 /);
    expect((await sandbox.tool("mydocker-net", ["graph"])).stdout).toMatch(/^<svg [\s\S]*f2[\s\S]*<\/svg>\n$/);
    await remove("f1", "f2", "b1", "d1");
    expect(await leftovers(sandbox)).toEqual([]);
  });

  test("share another's network with container:NAME", async () => {
    await require("run", "-d", "--name", "owner", "-h", "box", "--network", "front", "busybox", "httpd", "-f", "-h", "/etc");
    const shared = ["run", "--rm", "--network", "container:owner", "busybox"];
    expect(await require(...shared, "sh", "-c", "hostname; echo $HOSTNAME")).toBe("box\nbox");
    const onHost = ["run", "--rm", "--network", "host", "busybox", "hostname"];
    expect(await require(...onHost)).toBe(hostname());
    expect(await require(...shared, "wget", "-q", "-O", "-", "http://127.0.0.1/hostname")).toBe("box");
    expect(await require(...shared, "cat", "/etc/hosts")).toContain(await addressOf("owner"));
    for (const [args, message] of [
      [["-p", "80:80"], "cannot publish ports"],
      [["--ip", `${sandbox.network}.70`], "--ip is for networks with addresses of their own"],
    ] as const) {
      const run = await mydocker("run", "--rm", "--network", "container:owner", ...args, "busybox", "true");
      expect([run.code, run.stderr]).toEqual([125, expect.stringContaining(message)]);
    }
    const missing = await mydocker("run", "--rm", "--network", "container:nobody", "busybox", "true");
    expect([missing.code, missing.stderr]).toEqual([125, expect.stringContaining("No such container: nobody")]);
    await remove("owner");
  });

  test("publish ranges of ports, and one free port of a range", async () => {
    await require("run", "-d", "--name", "ranges", "-p", `${FIRST}-${FIRST + 1}:80-81`, "busybox", "sleep", "1000");
    const choice = `127.0.0.1:${FIRST + 1}-${FIRST + 2}:80`;
    expect((await mydocker("run", "--rm", "-p", `${FIRST + 1}:80`, "busybox", "true")).code).toBe(125);
    await require("run", "-d", "--name", "choice", "-p", choice, "busybox", "sleep", "1000");
    expect(await require("port", "ranges")).toBe(`80/tcp -> 0.0.0.0:${FIRST}\n81/tcp -> 0.0.0.0:${FIRST + 1}`);
    expect(await require("port", "choice")).toBe(`80/tcp -> 127.0.0.1:${FIRST + 2}`);
    await remove("ranges", "choice");
    await require("run", "-d", "--name", "all", "-P", "--expose", "70", "--expose", "53/udp", "-p", `${FIRST + 4}:70`, "busybox", "sleep", "1000");
    const published = (await require("port", "all")).split("\n");
    expect(published).toHaveLength(2);
    expect(published).toContain(`70/tcp -> 0.0.0.0:${FIRST + 4}`);
    expect(published.find((line) => line.startsWith("53/udp"))).toMatch(/^53\/udp -> 0\.0\.0\.0:\d{5}$/);
    await remove("all");
    await require("run", "-d", "--name", "dual", "--network", "front", "-p", `${FIRST + 3}:80`, "busybox", "sleep", "1000");
    expect(await require("ps", "--format", "{{.Ports}}")).toBe(`0.0.0.0:${FIRST + 3}->80/tcp, :::${FIRST + 3}->80/tcp`);
    await remove("dual");
  });

  test("have no more than the rate that they are given", async () => {
    const serve = "head -c 2000000 /dev/zero > /big; exec httpd -f -h /";
    await require("run", "-d", "--name", "slow", "--network-rate", "in=100mbit,out=8mbit", "busybox", "sh", "-c", serve);
    const curl = "curl --silent --fail --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 --output /dev/null";
    const written = "%{size_download} %{time_total}";
    const { stdout } = await sandbox.shell(`${curl} --write-out '${written}' http://${await addressOf("slow")}/big`);
    const [bytes, seconds = 0] = stdout.split(" ").map(Number);
    expect(bytes).toBe(2_000_000);
    // 2 MB less the burst, at 1 MB a second.
    expect(seconds).toBeGreaterThan(1.5);
    const mirror = (await require("ps", "-q", "--no-trunc")).slice(0, 12);
    expect(readdirSync("/sys/class/net")).toContain(`mi-${mirror}`);
    await remove("slow");
    expect(readdirSync("/sys/class/net")).not.toContain(`mi-${mirror}`);
  });

  test("on a network that there is not, nothing is left of them", async () => {
    const run = await mydocker("run", "--rm", "--network", "nowhere", "busybox", "true");
    expect([run.code, run.stdout]).toEqual([125, ""]);
    expect(run.stderr).toBe(
      "mydocker-net attach: network nowhere not found; try: mydocker network create nowhere, or mydocker network ls\n",
    );
    expect(await leftovers(sandbox)).toEqual([]);
  });
});

test("a macvlan: containers are neighbours of the host's neighbours", async () => {
  const { network, paths } = sandbox;
  const [parent, outside] = [`${paths.prefix}p`, `${paths.prefix}-out`];
  // Another machine, on the same wire as a link of the host's.
  await sandbox.shell(`ip netns add ${outside}; ip link add ${parent} up type veth peer name eth0 netns ${outside}
    ip -n ${outside} link set eth0 up; ip -n ${outside} address add ${network}.254/26 dev eth0`);
  const options = ["--subnet", subnet(3), "--gateway", `${network}.254`, "-o", `parent=${parent}`];
  await require("network", "create", "-d", "macvlan", ...options, "wire");
  expect(await require("network", "ls", "--filter", "name=wire", "--format", "{{.Driver}}")).toBe("macvlan");
  await require("run", "-d", "--name", "m1", "--network", "wire", "busybox", "sleep", "1000");
  await require("run", "-d", "--name", "m2", "--network", "wire", "--ip", `${network}.200`, "busybox", "sleep", "1000");
  expect(await reaches("m1", `${network}.254`)).toBe(true);
  expect(await reaches("m1", `${network}.200`)).toBe(true);
  expect((await sandbox.shell(`ip netns exec ${outside} busybox ping -c 1 -W 2 ${network}.200`)).code).toBe(0);
  const ports = await mydocker("run", "--rm", "--network", "wire", "-p", "80", "busybox", "true");
  expect([ports.code, ports.stderr]).toEqual([125, expect.stringContaining("are reached by their own addresses")]);
  expect((await mydocker("network", "rm", "wire")).code).toBe(1);
  await remove("m1", "m2");
  await require("network", "rm", "wire");
  await require("network", "create", "-d", "macvlan", ...options.slice(0, -1), "parent=nolink0", "wire");
  const missing = await mydocker("run", "--rm", "--network", "wire", "busybox", "true");
  expect([missing.code, missing.stderr]).toEqual([
    125,
    expect.stringContaining("network wire: the host has no link nolink0"),
  ]);
  await require("network", "rm", "wire");
  await sandbox.shell(`ip netns delete ${outside}; ip link delete ${parent} 2>/dev/null || true`);
  expect(await leftovers(sandbox)).toEqual([]);
});

describe("names", () => {
  /** What a container's own resolver makes of a name: addresses, or "" for none. */
  const lookUp = async (container: string, name: string): Promise<string> => {
    const { stdout } = await mydocker("exec", container, "nslookup", "-type=a", name);
    const answers = stdout.split("Name:").slice(1).join();
    return (answers.match(/\d+\.\d+\.\d+\.\d+/g) ?? []).sort().join(" ");
  };
  const servers = async (): Promise<string[]> =>
    (await sandbox.shell(`pgrep -a dnsmasq | grep -F ${sandbox.paths.run}-names || true`)).stdout
      .split("\n")
      .filter(Boolean);

  beforeAll(async () => {
    await require("network", "create", "--subnet", subnet(1), "named");
    await require("network", "create", "--subnet", subnet(2), "--internal", "inner");
  });
  afterAll(async () => {
    await require("network", "rm", "named", "inner");
  });

  test("containers find each other by name, alias and short id; the server goes with the last of them", async () => {
    const { network } = sandbox;
    expect(await servers()).toEqual([]);
    const web =
      await require("run", "-d", "--name", "web", "--network", "named", "--network-alias", "www", "busybox", "sleep", "1000");
    // The name is there when `run` returns.
    const seen = await require("run", "--rm", "--network", "named", "busybox", "nslookup", "-type=a", "web");
    expect(seen).toContain(`${network}.66`);
    await require("run", "-d", "--name", "app", "--network", "named", "--network-alias", "www", "busybox", "sleep", "1000");
    for (const name of ["web", "WEB", web.slice(0, 12)]) expect(await lookUp("app", name)).toBe(`${network}.66`);
    expect(await lookUp("web", "www")).toBe(`${network}.66 ${network}.67`);
    expect(await lookUp("app", "nobody")).toBe("");
    expect(await require("exec", "app", "cat", "/etc/resolv.conf")).toMatch(
      new RegExp(`nameserver ${network}.65\n(.*\n)*options ndots:0$`),
    );
    expect(await servers()).toHaveLength(1);
    await remove("web");
    expect(await lookUp("app", "web")).toBe("");
    expect(await lookUp("app", "www")).toBe(`${network}.67`);
    await remove("app");
    expect(await servers()).toEqual([]);
  });

  test("only on their own networks, and on each that they are on", async () => {
    await require("run", "-d", "--name", "nn", "--network", "named", "busybox", "sleep", "1000");
    await require("run", "-d", "--name", "ii", "--network", "inner", "busybox", "sleep", "1000");
    expect(await lookUp("nn", "ii")).toBe("");
    await require("network", "connect", "--alias", "also", "inner", "nn");
    expect(await lookUp("ii", "also")).toBe(`${sandbox.network}.131`);
    expect(await servers()).toHaveLength(2);
    await require("network", "disconnect", "inner", "nn");
    expect(await lookUp("ii", "also")).toBe("");
    // Nobody outside is asked by an internal network.
    expect((await mydocker("exec", "ii", "nslookup", "-type=a", "example.org")).stdout).toMatch(
      /REFUSED|SERVFAIL|NXDOMAIN/,
    );
    await remove("nn", "ii");
    expect(await leftovers(sandbox)).toEqual([]);
  });

  test("a server that was killed comes back, with the next container or by gc", async () => {
    await require("run", "-d", "--name", "kept", "--network", "named", "busybox", "sleep", "1000");
    const kill = async () => sandbox.shell(`kill -9 ${(await servers())[0]?.split(" ")[0]}; sleep 0.1`);
    await kill();
    expect(await lookUp("kept", "kept")).toBe("");
    await require("run", "--rm", "--network", "named", "busybox", "true");
    expect(await lookUp("kept", "kept")).toBe(`${sandbox.network}.66`);
    await kill();
    expect((await sandbox.tool("mydocker-net", ["gc"])).stdout).toMatch(/^restored name server of mb-/);
    expect(await lookUp("kept", "kept")).toBe(`${sandbox.network}.66`);
    await remove("kept");
    expect(await servers()).toEqual([]);
  });

  test("a container whose command cannot be made leaves no name and no server", async () => {
    const run = await mydocker("run", "--rm", "--network", "named", "--name", "never", "busybox", "no-such-command");
    expect(run.code).toBe(127);
    expect(await servers()).toEqual([]);
    expect(await leftovers(sandbox)).toEqual([]);
  });

  test("resolv.conf and hosts are what was asked for", async () => {
    const asked = ["--dns", "10.0.0.9", "--dns-search", "example.org", "--dns-option", "ndots:2"];
    const hosts = ["--add-host", "db:10.0.0.3", "--add-host", "host.docker.internal:host-gateway"];
    const { stdout } = await mydocker(
      "run",
      "--rm",
      ...asked,
      ...hosts,
      "busybox",
      "cat",
      "/etc/resolv.conf",
      "/etc/hosts",
    );
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        ...["nameserver 10.0.0.9", "search example.org", "options ndots:2"],
        ...["10.0.0.3\tdb", `${sandbox.network}.1\thost.docker.internal`],
      ]),
    );
    expect(stdout.match(/^nameserver/gm)).toHaveLength(1);
    const warned = await mydocker("run", "--rm", "--network", "named", "--dns", "10.0.0.9", "busybox", "true");
    expect([warned.code, warned.stderr]).toEqual([
      0,
      expect.stringContaining("names of network named will not resolve"),
    ]);
    const alias = await mydocker("run", "--rm", "--network-alias", "x", "busybox", "true");
    expect([alias.code, alias.stderr]).toEqual([
      125,
      expect.stringContaining("only networks that were created have names"),
    ]);
  });
});
