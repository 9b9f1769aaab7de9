import { expect, it } from "vitest";
import { parseRoutes } from "../address/host-routes.ts";
import { parseSubnet } from "../address/subnet.ts";
import { chooseSubnet, POOL, uniqueLocalSubnet } from "./choose-subnet.ts";

const VPN = parseRoutes("Iface\tDestination\tGateway\ntun0\t0000590A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n");

it("takes the first that is free", () => {
  expect(chooseSubnet([], []).text).toBe("10.89.0.0/24");
  expect(chooseSubnet([parseSubnet("10.89.0.0/23")], []).text).toBe("10.89.2.0/24");
  expect(chooseSubnet([parseSubnet("10.89.1.0/24"), parseSubnet("fd00::/64")], []).text).toBe("10.89.0.0/24");
});

it("stays away from what the host has a route into", () => {
  expect(VPN).toHaveLength(1);
  expect(chooseSubnet([], VPN).text).toBe("172.30.0.0/16");
});

it("says so when there is none left", () => {
  expect(() =>
    chooseSubnet(
      POOL.map((text) => parseSubnet(text)),
      [],
    ),
  ).toThrow("no free subnet in 10.89.0.0/24 to 172.31.0.0/16");
});

it("makes an IPv6 subnet of a network's id", () => {
  expect(uniqueLocalSubnet("0123456789abcdef").text).toBe("fd01:2345:6789::/64");
  expect(uniqueLocalSubnet("0000000000000000").text).toBe("fd00::/64");
});
