import type { HostPaths } from "@mydocker/state";
import { describe, expect, it } from "vitest";
import { formatIp } from "../address/ip.ts";
import { chooseNetwork } from "./choose-network.ts";
import type { CniConfig, CniResult } from "./cni-types.ts";
import { parsePortMappings } from "./port-mappings.ts";

const formatAddress = (value: bigint) => formatIp({ family: 4, value });
const paths: HostPaths = { root: "/r", run: "/run/r", runtime: "/run/r/init", prefix: "mydocker", subnet: "" };
const config: CniConfig = { cniVersion: "1.0.0", name: "net", ipam: { subnet: "10.88.0.0/24" } };
const choose = (change: Partial<CniConfig> = {}, given?: CniResult, args: Record<string, string> = {}) =>
  chooseNetwork(paths, { config: { ...config, ...change }, args }, given);

it("is open and keeps its addresses unless told, on a bridge named after it", () => {
  const { network, routes, address } = choose();
  expect(network).toMatchObject({ name: "net", masquerade: false, isolated: false });
  expect(network.bridge).toMatch(/^mb-[0-9a-f]{12}$/);
  expect(network.bridge).not.toBe(choose({ name: "other" }).network.bridge);
  expect(network).not.toHaveProperty("mtu");
  expect(address).toBeUndefined();
  expect(routes).toEqual([{ destination: "0.0.0.0/0", gateway: "10.88.0.1" }]);
});

it("takes what the configuration says", () => {
  const { network } = choose({ bridge: "br7", mtu: 1400, ipMasq: true, isolate: true });
  expect(network).toMatchObject({ bridge: "br7", mtu: 1400, masquerade: true, isolated: true });
});

it("knows host-local's members, and prefers the runtime's ranges", () => {
  const range = { subnet: "10.88.1.0/24", rangeStart: "10.88.1.10", rangeEnd: "10.88.1.20", gateway: "10.88.1.254" };
  for (const change of [{ ipam: range }, { ipam: { ranges: [[range]] } }, { runtimeConfig: { ipRanges: [[range]] } }]) {
    const { subnet } = choose(change).network;
    expect([subnet.first, subnet.last, subnet.gateway].map(formatAddress)).toEqual([
      "10.88.1.10",
      "10.88.1.20",
      "10.88.1.254",
    ]);
  }
});

it("takes an address and a MAC that the runtime wants", () => {
  const { address = 0n, mac } = choose({ runtimeConfig: { ips: ["10.88.0.77/24"], mac: "C2:11:22:33:44:55" } });
  expect(formatAddress(address)).toBe("10.88.0.77");
  expect(mac).toBe("c2:11:22:33:44:55");
});

it("takes them from args and CNI_ARGS too, where the capabilities have none", () => {
  const args = { IP: "10.88.0.7", MAC: "c2:11:22:33:44:55", IgnoreUnknown: "1" };
  const addressOf = (change: Partial<CniConfig>) => formatAddress(choose(change, undefined, args).address ?? 0n);
  expect(addressOf({})).toBe("10.88.0.7");
  expect(addressOf({ args: { cni: { ips: ["10.88.0.8"] } } })).toBe("10.88.0.8");
  expect(addressOf({ args: { cni: { ips: ["10.88.0.8"] } }, runtimeConfig: { ips: ["10.88.0.9/24"] } })).toBe(
    "10.88.0.9",
  );
  expect(choose({}, undefined, args).mac).toBe("c2:11:22:33:44:55");
});

it("goes by what an IPAM plugin gave", () => {
  const given = {
    cniVersion: "1.0.0",
    ips: [{ address: "10.9.0.5/24", gateway: "10.9.0.254" }],
    routes: [{ dst: "10.0.0.0/8" }],
  };
  const { network, address = 0n, routes, isDelegated } = choose({ ipam: { type: "host-local" } }, given);
  expect([network.subnet.text, formatAddress(network.subnet.gateway), formatAddress(address), isDelegated]).toEqual([
    "10.9.0.0/24",
    "10.9.0.254",
    "10.9.0.5",
    true,
  ]);
  expect(routes).toEqual([{ destination: "10.0.0.0/8", gateway: "10.9.0.254" }]);
});

it("has the default route beside others where it is asked for, and none where it is not wanted", () => {
  const ipam = { subnet: "10.88.0.0/24", routes: [{ dst: "10.7.0.0/16", gw: "10.88.0.9" }] };
  expect(choose({ ipam, isDefaultGateway: true }).routes).toEqual([
    { destination: "10.7.0.0/16", gateway: "10.88.0.9" },
    { destination: "0.0.0.0/0", gateway: "10.88.0.1" },
  ]);
  expect(choose({ isDefaultGateway: false }).routes).toEqual([]);
  expect(choose({ ipam: { ...ipam, routes: [{ dst: "0.0.0.0/0" }] }, isDefaultGateway: true }).routes).toHaveLength(1);
});

describe("refuses", () => {
  it.each<[Partial<CniConfig>, string]>([
    [{ ipam: {} }, "ipam has no subnet"],
    [{ ipam: { subnet: "10.88.0.1/24" } }, "bits set behind the first 24"],
    [{ ipam: { subnet: "fd00::/64" } }, "expected an IPv4 subnet"],
    [{ ipam: { subnet: "fd00::/126" } }, "expected an IPv6 subnet from /8 to /125"],
    [{ ipam: { subnet: "10.88.0.0/24", gateway: "10.89.0.1" } }, 'gateway "10.89.0.1"'],
    [{ ipam: { subnet: "10.88.0.0/24", rangeStart: "10.88.0.9", rangeEnd: "10.88.0.8" } }, "is no range"],
    [{ ipam: { ranges: [[{ subnet: "10.1.0.0/24" }], [{ subnet: "10.2.0.0/24" }]] } }, "at most one of each family"],
    [{ runtimeConfig: { ips: ["10.89.0.1"] } }, "in subnet 10.88.0.0/24"],
    [{ runtimeConfig: { ips: ["10.88.0.255"] } }, "in subnet 10.88.0.0/24"],
    [{ runtimeConfig: { ips: ["10.88.0.1"] } }, "is the gateway"],
    [{ runtimeConfig: { ips: ["10.88.0.2", "fd00::2"] } }, "the network has no IPv6"],
    [{ runtimeConfig: { ips: ["10.88.0.2", "10.88.0.3"] } }, "at most one of each family"],
    [{ runtimeConfig: { mac: "01:00:5e:00:00:01" } }, "MAC address"],
    [
      { ipam: { subnet: "10.88.0.0/24", routes: [{ dst: "default dev eth0" }] } },
      "expected a subnet and an address of its family",
    ],
  ])("%j", (change, message) => {
    expect(() => choose(change)).toThrow(message);
  });

  it("what an IPAM plugin gave and this is not for", () => {
    const giving = (...addresses: string[]) =>
      choose({}, { cniVersion: "1.0.0", ips: addresses.map((address) => ({ address })) });
    expect(() => giving()).toThrow("no IPv4 address");
    expect(() => giving("fd00::2/64")).toThrow("no IPv4 address");
    expect(() => giving("10.0.0.2/24", "10.0.1.2/24")).toThrow("at most one of each family");
  });
});

it("has both families where both are configured", () => {
  const ipam = { ranges: [[{ subnet: "10.88.0.0/24" }], [{ subnet: "fd88::/64" }]] };
  const { network, routes, address6 = 0n } = choose({ ipam, runtimeConfig: { ips: ["fd88::9/64"] } });
  expect(network.subnet6?.text).toBe("fd88::/64");
  expect(formatIp({ family: 6, value: address6 })).toBe("fd88::9");
  expect(routes).toEqual([
    { destination: "0.0.0.0/0", gateway: "10.88.0.1" },
    { destination: "::/0", gateway: "fd88::1" },
  ]);
  const given = { cniVersion: "1.0.0", ips: [{ address: "fd88::5/64" }, { address: "10.9.0.5/24" }] };
  expect(choose({ ipam: { type: "host-local" } }, given)).toMatchObject({
    isDelegated: true,
    address6: (0xfd88n << 112n) + 5n,
  });
});

it("publishes ports: everywhere where no address is named", () => {
  const mapping = { hostPort: 80, containerPort: 8080 };
  const mappings = [mapping, { ...mapping, protocol: "UDP", hostIP: "127.0.0.1" }, { ...mapping, hostIP: "::1" }];
  const four = [
    { ...mapping, protocol: "tcp" },
    { hostIp: "127.0.0.1", ...mapping, protocol: "udp" },
  ];
  expect(parsePortMappings(mappings, false)).toEqual(four);
  expect(parsePortMappings(mappings, true)).toEqual([...four, { hostIp: "::1", ...mapping, protocol: "tcp" }]);
  expect(() => parsePortMappings([{ ...mapping, protocol: "sctp" }], false)).toThrow("expected tcp or udp");
  expect(() => parsePortMappings([{ ...mapping, hostIP: "localhost" }], false)).toThrow("expected an address");
});
