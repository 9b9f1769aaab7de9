import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { freePorts } from "@mydocker/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeNetworkSandbox, type NetworkSandbox } from "./network-sandbox.ts";

const FIRST = await freePorts(8);

let sandbox: NetworkSandbox;
let subnet6: string;
beforeEach(() => {
  sandbox = makeNetworkSandbox();
  subnet6 = `fd29:213:${sandbox.network.split(".").at(-1)}::`;
  sandbox.env.MYDOCKER_SUBNET = `${sandbox.network}.0/24,${subnet6}/64`;
});
afterEach(() => sandbox.cleanUp());

it("gives a container an address of each family, and ways out of both", async () => {
  const endpoint = await sandbox.endpoint("both", [], { live: true });
  expect(endpoint).toMatchObject({ address6: `${subnet6}2/64`, gateway6: `${subnet6}1` });
  const { stdout } = await sandbox.shell(`
    ip -n ${endpoint.netns.replace("/run/netns/", "")} -6 -br address show eth0
    ip -n ${endpoint.netns.replace("/run/netns/", "")} -6 route`);
  expect(stdout).toContain(`${subnet6}2/64`);
  expect(stdout).toContain(`default via ${subnet6}1 dev eth0`);
  await sandbox.serve("both", { netns: endpoint.netns, address: "::", port: 80 });
  expect(await sandbox.ask(`${subnet6}2`, 80)).toBe(`both ${subnet6}1`);
});

it("publishes on both: reached by [::1] as well, TCP and UDP", async () => {
  // br_netfilter would turn answers to [::1] around before the kernel knows what they answer.
  const { netns } = await sandbox.endpoint("web", ["-p", `${FIRST}:80`, "-p", `${FIRST}:80/udp`], { live: true });
  await sandbox.serve("web", { netns, address: "::", port: 80 });
  await sandbox.serve("udp", { netns, address: "::", port: 80, protocol: "udp" });
  for (const address of ["127.0.0.1", `${subnet6}1`]) {
    expect(await sandbox.ask(address, FIRST)).toMatch(/^web /);
    expect(await sandbox.ask(address, FIRST, { protocol: "udp" })).toMatch(/^udp /);
  }
});

it("publishes on one address of the host", async () => {
  const { ports, netns } = await sandbox.endpoint("one", ["-p", `[${subnet6}1]:${FIRST + 1}:80`], { live: true });
  expect(ports).toEqual([{ hostIp: `${subnet6}1`, hostPort: FIRST + 1, containerPort: 80, protocol: "tcp" }]);
  await sandbox.serve("one", { netns, address: "::", port: 80 });
  expect(await sandbox.ask(`${subnet6}1`, FIRST + 1)).toMatch(/^one /);
  expect(await sandbox.ask("127.0.0.1", FIRST + 1)).toBe("");
});

it("knows whose an IPv6 port is: a container's, or a process of the host's", async () => {
  await sandbox.endpoint("first", ["-p", `[::]:${FIRST + 2}:80`], { live: true });
  expect((await sandbox.attach("second", ["-p", `${FIRST + 2}:80`])).stderr).toContain(
    `port ${FIRST + 2}/tcp on :: is already published by container "first"`,
  );
  const server = createServer().listen({ port: FIRST + 3, host: "::1" });
  await new Promise((resolve) => server.once("listening", resolve));
  expect((await sandbox.attach("third", ["-p", `[::1]:${FIRST + 3}:80`])).stderr).toContain(
    `port ${FIRST + 3}/tcp on ::1 is already in use by the host's process`,
  );
  // IPv4 has nothing to do with it.
  expect((await sandbox.attach("fourth", ["-p", `127.0.0.1:${FIRST + 3}:80`])).code).toBe(0);
  server.close();
});

it("leaves nothing, and turns off what it has turned on", async () => {
  const script = `set -e; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run; ip link set lo up
    forwarding() { cat /proc/sys/net/ipv6/conf/all/forwarding; }
    echo 0 > /proc/sys/net/ipv6/conf/all/forwarding; echo 0 > /proc/sys/net/ipv4/ip_forward
    ip link add uplink0 type bridge; cat /proc/sys/net/ipv6/conf/uplink0/accept_ra
    mydocker-net attach -p ${FIRST + 4}:80 > /dev/null; forwarding; cat /proc/sys/net/ipv6/conf/uplink0/accept_ra
    ip link delete uplink0
    mydocker-net detach fresh; mydocker-net gc; forwarding; ip -6 route show table all | grep fd29 || true`;
  const input = sandbox.config("fresh");
  const file = `${sandbox.directory}/config.json`;
  writeFileSync(file, input);
  const { stdout, stderr } = await sandbox.shell(`exec unshare --net --mount bash -c '${script}' < ${file}`);
  expect(stderr).toBe("");
  const { prefix } = sandbox.paths;
  const collected = [`bridge ${prefix}0`, `firewall table inet ${prefix}`];
  const restored = ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"];
  expect(stdout.trim().split("\n")).toEqual(["1", "1", "2", ...collected, ...restored, "0"]);
});
