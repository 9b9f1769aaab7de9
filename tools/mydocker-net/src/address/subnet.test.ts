import { describe, expect, it } from "vitest";
import { findOverlap, parseRoutes, parseRoutes6 } from "./host-routes.ts";
import { parseIp } from "./ip.ts";
import { firstFreeAddress, formatIn, macOf, parseSubnet } from "./subnet.ts";

const address = (text: string) => parseIp(text)?.value ?? -1n;

describe("parseSubnet", () => {
  it("knows network, gateway and broadcast of the largest and the smallest", () => {
    expect(parseSubnet("10.0.0.0/8")).toMatchObject({
      network: address("10.0.0.0"),
      gateway: address("10.0.0.1"),
      end: address("10.255.255.255"),
    });
    expect(parseSubnet("192.168.255.248/29")).toMatchObject({
      gateway: address("192.168.255.249"),
      end: address("192.168.255.255"),
    });
  });

  it.each(["", "10.0.0.0", "10.0.0.0/7", "10.0.0.0/30", "10.0.0.0/", "10.0.0/16", "10.0.0.0/16;", "010.0.0.0/8"])(
    "refuses %j",
    (text) => {
      expect(() => parseSubnet(text)).toThrow("expected an IPv4 subnet from /8 to /29");
    },
  );

  it("knows IPv6 as well, and writes it in one way", () => {
    expect(parseSubnet("FD00:0:0:1::/64")).toMatchObject({
      family: 6,
      text: "fd00:0:0:1::/64",
      gateway: address("fd00:0:0:1::1"),
      end: address("fd00:0:0:1:ffff:ffff:ffff:ffff"),
    });
    expect(() => parseSubnet("fd00::/126")).toThrow("expected an IPv6 subnet from /8 to /125, like fd00:29::/64");
  });

  it("takes another gateway, and a range", () => {
    const subnet = parseSubnet("10.1.2.0/24", { gateway: "10.1.2.254", first: "10.1.2.9", last: "10.1.2.10" });
    expect([subnet.gateway, subnet.first, subnet.last].map((value) => formatIn(subnet, value))).toEqual([
      "10.1.2.254",
      "10.1.2.9",
      "10.1.2.10",
    ]);
    expect(() => parseSubnet("10.1.2.0/24", { gateway: "fd00::1" })).toThrow(
      'gateway "fd00::1": expected an address from',
    );
  });

  it("refuses bits behind the prefix, and says what was meant", () => {
    expect(() => parseSubnet("172.29.3.4/16")).toThrow(expect.objectContaining({ hint: "172.29.0.0/16" }));
  });
});

describe("firstFreeAddress", () => {
  const small = parseSubnet("10.1.2.0/29");

  it("hands out every address but network, gateway and broadcast, lowest first", () => {
    const taken = new Set<string>();
    for (let next = firstFreeAddress(small, taken); next !== undefined; next = firstFreeAddress(small, taken))
      taken.add(formatIn(small, next));
    expect([...taken]).toEqual(["10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"]);
  });

  it("fills a gap", () => {
    expect(firstFreeAddress(small, new Set(["10.1.2.2", "10.1.2.4"]))).toBe(address("10.1.2.3"));
  });

  it("crosses the borders of bytes and of signed numbers", () => {
    const large = parseSubnet("200.0.0.0/8");
    const taken = new Set(Array.from({ length: 300 }, (_, index) => formatIn(large, large.gateway + BigInt(index))));
    expect(formatIn(large, firstFreeAddress(large, taken) ?? 0n)).toBe("200.0.1.45");
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

  it("knows IPv6 routes, but not those that every link has", () => {
    const ipv6 = parseRoutes6(
      [
        "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     tun0",
        "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0",
        "ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000004 00000000 00000001     eth0",
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo",
        "",
      ].join("\n"),
    );
    expect(ipv6).toHaveLength(1);
    expect(findOverlap(parseSubnet("fd00::/32"), ipv6)).toBe("fd00:: on tun0");
    expect(findOverlap(parseSubnet("fd01::/64"), ipv6)).toBeUndefined();
    expect(findOverlap(parseSubnet("10.0.0.0/8"), ipv6)).toBeUndefined();
  });

  it("does not count neighbours or the default route", () => {
    expect(findOverlap(parseSubnet("172.30.0.0/16"), routes)).toBeUndefined();
    expect(findOverlap(parseSubnet("172.28.0.0/16"), routes)).toBeUndefined();
  });
});
