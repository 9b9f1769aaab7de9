import { describe, expect, it } from "vitest";
import { parseSubnet } from "../address/subnet.ts";
import { defineNetwork, type NetworkRequest } from "./define-network.ts";
import { toNetwork } from "./definition.ts";

const id = `0123456789ab${"c".repeat(52)}`;
const created = "2026-01-31T12:00:00.000Z";
const define = (change: Partial<NetworkRequest> = {}) => {
  const request = {
    name: "net",
    subnets: [],
    gateways: [],
    ranges: [],
    ipv6: false,
    internal: false,
    labels: [],
    options: [],
  };
  const networks = [{ name: "there", subnets: [parseSubnet("10.89.0.0/24"), parseSubnet("fd77::/64")] }];
  return defineNetwork({ ...request, ...change }, { networks, routes: [] }, { id, created });
};

it("has a free subnet, a bridge named after its id, and lets nobody in", () => {
  expect(define()).toEqual({
    ...{ name: "net", id, created, bridge: "mb-0123456789ab", subnet: "10.89.1.0/24", gateway: "10.89.1.1" },
    ...{ internal: false, isolated: true, masquerade: true, labels: {}, options: {} },
  });
});

it("has what it was asked for", () => {
  const definition = define({
    subnets: ["10.5.0.0/16", "fd05::/64"],
    gateways: ["fd05::9", "10.5.0.9"],
    ranges: ["10.5.8.0/24"],
    internal: true,
    labels: ["a=b=c", "d"],
    options: ["com.docker.network.bridge.name=br5", "com.docker.network.driver.mtu=1400", "isolate=false"],
  });
  expect(definition).toMatchObject({
    ...{ bridge: "br5", mtu: 1400, internal: true, isolated: false, labels: { a: "b=c", d: "" } },
    ...{
      subnet: "10.5.0.0/16",
      gateway: "10.5.0.9",
      range: { text: "10.5.8.0/24", first: "10.5.8.0", last: "10.5.8.255" },
    },
    ...{ subnet6: "fd05::/64", gateway6: "fd05::9" },
  });
  expect(toNetwork(definition)).toMatchObject({ name: "net", bridge: "br5", internal: true, mtu: 1400 });
});

it("is part of a link of the host's where it is a macvlan", () => {
  const definition = define({
    driver: "macvlan",
    subnets: ["10.5.0.0/24"],
    gateways: ["10.5.0.254"],
    options: ["parent=eth0.5"],
  });
  expect(definition).toMatchObject({ parent: "eth0.5", subnet: "10.5.0.0/24", gateway: "10.5.0.254" });
  expect(toNetwork(definition).parent).toBe("eth0.5");
});

it("makes a subnet of IPv6 where it is to have one", () => {
  expect(define({ ipv6: true }).subnet6).toBe("fd01:2345:6789::/64");
  expect(define({ ipv6: true, subnets: ["fd05::/64"] }).subnet6).toBe("fd05::/64");
});

it("leaves out of a range what is no host's", () => {
  expect(define({ subnets: ["10.5.0.0/24"], ranges: ["10.5.0.0/25"] }).range).toMatchObject({
    first: "10.5.0.1",
    last: "10.5.0.127",
  });
  expect(define({ subnets: ["10.5.0.0/24"], ranges: ["10.5.0.128/25"] }).range).toMatchObject({
    first: "10.5.0.128",
    last: "10.5.0.254",
  });
});

describe("refuses", () => {
  it.each<[Partial<NetworkRequest>, string]>([
    [{ name: "" }, "network name"],
    [{ name: "-x" }, "network name"],
    [{ name: "a b" }, "network name"],
    [{ name: "host" }, "is mydocker's own"],
    [{ driver: "overlay" }, 'driver "overlay": expected bridge or macvlan'],
    [{ driver: "macvlan", subnets: ["10.5.0.0/24"] }, "needs a link of the host"],
    [{ driver: "macvlan", subnets: ["10.5.0.0/24"], options: ["parent=a b"] }, "needs a link of the host"],
    [{ driver: "macvlan", options: ["parent=eth0"] }, "needs the subnet that its link is in"],
    [{ driver: "macvlan", subnets: ["10.5.0.0/24"], options: ["parent=eth0"], internal: true }, "cannot be internal"],
    [{ options: ["parent=eth0"] }, "is for the driver macvlan"],
    [{ subnets: ["10.5.0.1/24"] }, "bits set behind the first 24"],
    [{ subnets: ["10.5.0.0/33"] }, "expected an IPv4 subnet"],
    [{ subnets: ["10.89.0.128/25"] }, "subnet 10.89.0.128/25 overlaps with network there's"],
    [{ subnets: ["fd77::/96"] }, "overlaps with network there's"],
    [{ subnets: ["10.5.0.0/24", "10.6.0.0/24"] }, "at most one of IPv4"],
    [{ subnets: ["10.5.0.0/24"], gateways: ["10.6.0.1"] }, 'gateway "10.6.0.1"'],
    [{ gateways: ["fd00::1"] }, "there is no subnet for it"],
    [{ subnets: ["10.5.0.0/24"], ranges: ["10.6.0.0/25"] }, "is not in subnet 10.5.0.0/24"],
    [{ subnets: ["10.5.0.0/24"], ranges: ["10.5.0.0"] }, "--ip-range"],
    [{ options: ["com.docker.network.bridge.name=a-bridge-too-long"] }, "at most 15"],
    [{ options: ["com.docker.network.driver.mtu=12"] }, "from 68 to 65535"],
    [{ options: ["isolate=maybe"] }, "expected true or false"],
    [{ labels: ["=x"] }, "expected KEY=VALUE"],
  ])("%j", (change, message) => {
    expect(() => define(change)).toThrow(message);
  });
});
