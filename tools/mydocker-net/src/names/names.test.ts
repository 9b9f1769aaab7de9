import { expect, it } from "vitest";
import { renderQuestion } from "./ask-name.ts";
import { nameServerArguments, nameServerOf } from "./name-server.ts";
import { checkAlias, namesOf } from "./names-of.ts";
import { renderNames } from "./serve-names.ts";

it("writes a line for each address", () => {
  const claims = { address: "10.89.0.2/24", address6: "fd00::2/64" };
  expect(renderNames(["web", "0123456789ab"], claims)).toBe("10.89.0.2\tweb 0123456789ab\nfd00::2\tweb 0123456789ab\n");
  expect(renderNames(["web"], { address: "10.89.0.2/24" })).toBe("10.89.0.2\tweb\n");
});

it("asks as RFC 1035 has it", () => {
  expect(renderQuestion("a.bc").toString("hex")).toBe("4d44010000010000000000000161026263" + "0000010001");
});

it("serves a bridge alone, and asks nobody for an internal network", () => {
  const places = { directory: "/n", hosts: "/n/hosts", pidFile: "/n/pid" };
  const server = { bridge: "mb-1", addresses: ["10.89.0.1", "fd00::1"], forwards: true };
  const args = nameServerArguments(places, server);
  expect(args).toContain("--hostsdir=/n/hosts");
  expect(args).toContain("--listen-address=10.89.0.1");
  expect(args).toContain("--listen-address=fd00::1");
  expect(args).not.toContain("--no-resolv");
  expect(nameServerArguments(places, { ...server, forwards: false })).toContain("--no-resolv");
});

it("is asked at the bridge's addresses, of each family that it has", () => {
  const network = { bridge: "mb-1", gateway: "10.89.0.1" };
  expect(nameServerOf(network)).toEqual({ bridge: "mb-1", addresses: ["10.89.0.1"], forwards: true });
  expect(nameServerOf({ ...network, gateway6: "fd00::1", internal: true })).toEqual({
    bridge: "mb-1",
    addresses: ["10.89.0.1", "fd00::1"],
    forwards: false,
  });
});

it("calls a container by its name, its short id and its aliases", () => {
  expect(namesOf({ id: `0123456789ab${"c".repeat(52)}`, name: "web", aliases: ["www", "web"] })).toEqual([
    "web",
    "0123456789ab",
    "www",
  ]);
  expect(namesOf({ id: "tour", aliases: [] })).toEqual(["tour"]);
});

it.each(["", "a b", "-a", "a\nb", "a/b", "x".repeat(64), "a..b"])("refuses the alias %j", (alias) => {
  expect(() => checkAlias(alias)).toThrow("network alias");
});
