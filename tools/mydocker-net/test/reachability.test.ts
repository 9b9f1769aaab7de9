import { freePorts } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeNetworkSandbox, type NetworkSandbox } from "./network-sandbox.ts";

/** The first of the ports of the host that these tests publish. */
const FIRST = await freePorts(2);

let sandbox: NetworkSandbox;
/** A namespace that plays another machine: its own veth, not on our bridge. */
let outside: string;
let hostAddress: string;
let outsideAddress: string;
let web: { netns: string; address: string };
let other: { netns: string; address: string };
let published: number;
let local: number;
let udp: number;

beforeAll(async () => {
  sandbox = makeNetworkSandbox();
  const number = sandbox.network.split(".").at(-1);
  outside = `${sandbox.paths.prefix}-outside`;
  hostAddress = `10.214.${number}.1`;
  outsideAddress = `10.214.${number}.2`;
  const made = await sandbox.shell(`set -e
    ip netns add ${outside}
    ip link add mdout${number} type veth peer name eth0 netns ${outside}
    ip addr add ${hostAddress}/24 dev mdout${number}; ip link set mdout${number} up
    ip -n ${outside} link set lo up; ip -n ${outside} link set eth0 up
    ip -n ${outside} addr add ${outsideAddress}/24 dev eth0; ip -n ${outside} route add default via ${hostAddress}`);
  expect(made.stderr).toBe("");
  const first = await sandbox.endpoint("web", ["-p", "80", "-p", "127.0.0.1::80", "-p", "80/udp"], { live: true });
  const second = await sandbox.endpoint("other", [], { live: true });
  web = { netns: first.netns, address: first.address.replace("/24", "") };
  other = { netns: second.netns, address: second.address.replace("/24", "") };
  [published = 0, local = 0, udp = 0] = first.ports.map(({ hostPort }) => hostPort);
  await sandbox.serve("web", { netns: web.netns, port: 80 });
  await sandbox.serve("web-udp", { netns: web.netns, port: 80, protocol: "udp" });
  await sandbox.serve("unpublished", { netns: web.netns, port: 81 });
});

afterAll(async () => {
  await sandbox.shell(`ip netns del ${outside}; ip link del mdout${sandbox.network.split(".").at(-1)} 2>/dev/null`);
  await sandbox.cleanUp();
});

it("is reached from the host: by its own address, by the host's and by 127.0.0.1", async () => {
  const gateway = `${sandbox.network}.1`;
  expect(await sandbox.ask(web.address, 80)).toBe(`web ::ffff:${gateway}`.replace("::ffff:", ""));
  expect(await sandbox.ask(hostAddress, published)).toMatch(/^web /);
  expect(await sandbox.ask("127.0.0.1", published)).toBe(`web ${gateway}`);
  expect(await sandbox.ask("127.0.0.1", local)).toBe(`web ${gateway}`);
});

it("is reached from outside through the published port, which sees who asks", async () => {
  expect(await sandbox.ask(hostAddress, published, { netns: outside })).toBe(`web ${outsideAddress}`);
});

it("is not reached from outside where bound to 127.0.0.1, nor past the published ports", async () => {
  expect(await sandbox.ask(hostAddress, local, { netns: outside })).toBe("");
  expect(await sandbox.ask(web.address, 80, { netns: outside })).toBe("");
  expect(await sandbox.ask(web.address, 81, { netns: outside })).toBe("");
});

it("is reached from another container, by address and through the published port", async () => {
  expect(await sandbox.ask(web.address, 81, { netns: other.netns })).toBe(`unpublished ${other.address}`);
  expect(await sandbox.ask(hostAddress, published, { netns: other.netns })).toMatch(/^web /);
  expect(await sandbox.ask(`${sandbox.network}.1`, published, { netns: other.netns })).toMatch(/^web /);
});

it("reaches itself through its published port", async () => {
  expect(await sandbox.ask(hostAddress, published, { netns: web.netns })).toMatch(/^web /);
  expect(await sandbox.ask(hostAddress, udp, { netns: web.netns, protocol: "udp" })).toMatch(/^web-udp /);
});

it("publishes UDP to the host, the outside and other containers", async () => {
  expect(await sandbox.ask("127.0.0.1", udp, { protocol: "udp" })).toMatch(/^web-udp /);
  expect(await sandbox.ask(hostAddress, udp, { protocol: "udp" })).toMatch(/^web-udp /);
  expect(await sandbox.ask(hostAddress, udp, { protocol: "udp", netns: outside })).toBe(`web-udp ${outsideAddress}`);
  expect(await sandbox.ask(hostAddress, udp, { protocol: "udp", netns: other.netns })).toMatch(/^web-udp /);
});

it("reaches servers of the host and outside, which see the host's address", async () => {
  await sandbox.serve("outside", { netns: outside, port: 82 });
  expect(await sandbox.ask(outsideAddress, 82, { netns: web.netns })).toBe(`outside ${hostAddress}`);
  await sandbox.serve("host", { address: `${sandbox.network}.1`, port: 8083 });
  expect(await sandbox.ask(`${sandbox.network}.1`, 8083, { netns: web.netns })).toBe(`host ${web.address}`);
});

it("keeps the host's loopback from containers, although the bridge routes it", async () => {
  await sandbox.serve("loopback", { address: "127.0.0.1", port: FIRST });
  const space = other.netns.replace("/run/netns/", "");
  await sandbox.shell(`ip -n ${space} addr del 127.0.0.1/8 dev lo
    ip netns exec ${space} sysctl -qw net.ipv4.conf.all.route_localnet=1
    ip -n ${space} route add 127.0.0.1/32 via ${sandbox.network}.1`);
  const ask = () => sandbox.ask("127.0.0.1", FIRST, { netns: space });
  expect(await ask()).toBe("");
  // The same without our rule, to see that it is the rule that did it.
  await sandbox.shell(`nft flush chain inet ${sandbox.paths.prefix} guard`);
  expect(await ask()).toMatch(/^loopback /);
});

it("follows a UDP client that was there before the port was published", async () => {
  const port = FIRST + 1;
  const client = sandbox.shell(`exec ip netns exec ${outside} ${process.execPath} -e '
    const s = require("dgram").createSocket("udp4"); s.bind(40000);
    s.on("message", (m) => { console.log(String(m)); process.exit(0); });
    s.on("error", () => {});
    setInterval(() => s.send("?", ${port}, "${hostAddress}", () => {}), 100); setTimeout(() => process.exit(1), 15000)'`);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const late = await sandbox.endpoint("late", ["-p", `${port}:90/udp`], { live: true });
  await sandbox.serve("late", { netns: late.netns, port: 90, protocol: "udp" });
  expect((await client).stdout).toBe(`late ${outsideAddress}\n`);
});
