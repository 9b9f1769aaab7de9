import { describe, expect, it } from "vitest";
import { findOverlap, parseRoutes } from "./host-routes.ts";
import { firstFreeAddress, formatAddress, macOf, parseAddress, parseSubnet } from "./subnet.ts";

const address = (text: string) => parseAddress(text) ?? -1;

describe("parseSubnet", () => {
  it("knows network, gateway and broadcast of the largest and the smallest", () => {
    expect(parseSubnet("10.0.0.0/8")).toMatchObject({
      network: address("10.0.0.0"),
      gateway: address("10.0.0.1"),
      broadcast: address("10.255.255.255"),
    });
    expect(parseSubnet("192.168.255.248/29")).toMatchObject({
      gateway: address("192.168.255.249"),
      broadcast: address("192.168.255.255"),
    });
  });

  it.each([
    "",
    "10.0.0.0",
    "10.0.0.0/7",
    "10.0.0.0/30",
    "10.0.0.0/",
    "10.0.0/16",
    "fd00::/64",
    "10.0.0.0/16;",
    "010.0.0.0/8",
  ])("refuses %j", (text) => {
    expect(() => parseSubnet(text)).toThrow("expected an IPv4 subnet from /8 to /29");
  });

  it("refuses bits behind the prefix, and says what was meant", () => {
    expect(() => parseSubnet("172.29.3.4/16")).toThrow(expect.objectContaining({ hint: "172.29.0.0/16" }));
  });
});

describe("firstFreeAddress", () => {
  const small = parseSubnet("10.1.2.0/29");

  it("hands out every address but network, gateway and broadcast, lowest first", () => {
    const taken = new Set<number>();
    for (let next = firstFreeAddress(small, taken); next !== undefined; next = firstFreeAddress(small, taken))
      taken.add(next);
    expect([...taken].map(formatAddress)).toEqual(["10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"]);
  });

  it("fills a gap", () => {
    expect(firstFreeAddress(small, new Set([address("10.1.2.2"), address("10.1.2.4")]))).toBe(address("10.1.2.3"));
  });

  it("crosses the borders of bytes and of signed numbers", () => {
    const large = parseSubnet("200.0.0.0/8");
    const taken = new Set(Array.from({ length: 300 }, (_, index) => large.gateway + index));
    expect(formatAddress(firstFreeAddress(large, taken) ?? 0)).toBe("200.0.1.45");
  });
});

it("makes the MAC from the address", () => {
  expect(macOf(address("172.29.0.255"))).toBe("02:42:ac:1d:00:ff");
});

describe("findOverlap", () => {
  const routes = parseRoutes(
    [
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
      "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0",
      "tun0\t00001DAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
      "",
    ].join("\n"),
  );

  it("finds a route into the subnet, from within or around", () => {
    expect(findOverlap(parseSubnet("172.29.4.0/24"), routes)).toBe("172.29.0.0 on tun0");
    expect(findOverlap(parseSubnet("172.0.0.0/8"), routes)).toBe("172.29.0.0 on tun0");
  });

  it("does not count neighbours or the default route", () => {
    expect(findOverlap(parseSubnet("172.30.0.0/16"), routes)).toBeUndefined();
    expect(findOverlap(parseSubnet("172.28.0.0/16"), routes)).toBeUndefined();
  });
});
