import { expect, it } from "vitest";
import type { CniConfig } from "./cni-types.ts";
import { renderResult } from "./result.ts";

const made = {
  bridge: { name: "br0", mac: "02:42:0a:58:00:01", mtu: 1500 },
  link: { name: "md-1", mac: "02:00:00:00:00:01", mtu: 1500 },
  inside: { name: "eth0", mac: "02:42:0a:58:00:02", mtu: 1500, sandbox: "/run/netns/pod" },
  address: "10.88.0.2/16",
  gateway: "10.88.0.1",
  routes: [{ destination: "0.0.0.0/0", gateway: "10.88.0.1" }],
};
const config: CniConfig = { cniVersion: "1.1.0", name: "net" };

it("is the result of 1.1.0", () => {
  expect(renderResult(config, made)).toEqual({
    cniVersion: "1.1.0",
    interfaces: [made.bridge, made.link, made.inside],
    ips: [{ address: "10.88.0.2/16", gateway: "10.88.0.1", interface: 2 }],
    routes: [{ dst: "0.0.0.0/0", gw: "10.88.0.1" }],
    dns: {},
  });
});

it("has no MTU before 1.1.0, and says which IP it is before 1.0.0", () => {
  expect(renderResult({ ...config, cniVersion: "1.0.0" }, made).interfaces?.[0]).toEqual({
    name: "br0",
    mac: "02:42:0a:58:00:01",
  });
  expect(renderResult({ ...config, cniVersion: "0.4.0" }, made).ips?.[0]).toMatchObject({ version: "4", interface: 2 });
});

it("goes behind what other plugins have made", () => {
  const prevResult = {
    cniVersion: "1.1.0",
    interfaces: [{ name: "lo", sandbox: "/run/netns/pod" }],
    ips: [{ address: "127.0.0.1/8", interface: 0 }],
    dns: { nameservers: ["10.0.0.53"] },
  };
  const { interfaces, ips, dns } = renderResult({ ...config, prevResult }, made);
  expect(interfaces?.map(({ name }) => name)).toEqual(["lo", "br0", "md-1", "eth0"]);
  expect(ips?.map((ip) => ip.interface)).toEqual([0, 3]);
  expect(dns).toEqual({ nameservers: ["10.0.0.53"] });
});

it("takes DNS from the runtime, else the configuration, else the IPAM plugin", () => {
  const given = { nameservers: ["10.0.0.1"] };
  const dns = { nameservers: ["10.0.0.2"], domain: "x" };
  const runtimeConfig = { dns: { servers: ["10.0.0.3"], searches: ["y"] } };
  expect(renderResult(config, made, given).dns).toEqual(given);
  expect(renderResult({ ...config, dns }, made, given).dns).toEqual(dns);
  expect(renderResult({ ...config, dns, runtimeConfig }, made, given).dns).toEqual({
    nameservers: ["10.0.0.3"],
    search: ["y"],
    options: [],
  });
  expect(renderResult({ ...config, dns, runtimeConfig: { dns: {} } }, made).dns).toEqual(dns);
});
