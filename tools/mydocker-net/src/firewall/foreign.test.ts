import { expect, it } from "vitest";
import { describeDropping, endsInDrop, parseForwardChains } from "./foreign.ts";

const list = (...items: object[]): string => JSON.stringify({ nftables: [{ metainfo: {} }, ...items] });

it("finds chains that see what is forwarded, but for iptables' own", () => {
  const chain = (table: string, name: string, hook?: string) => ({ chain: { family: "inet", table, name, hook } });
  const json = list(
    chain("filter", "FORWARD", "forward"),
    chain("filter", "forward", "forward"),
    chain("filter", "input", "input"),
    chain("firewalld", "filter_FORWARD_POLICIES"),
  );
  expect(parseForwardChains(json).map(({ name }) => name)).toEqual(["forward"]);
});

it("knows a last rule that drops whatever comes", () => {
  const rule = (...expr: object[]) => ({ rule: { expr } });
  const match = { match: { op: "in", left: { ct: { key: "state" } }, right: ["invalid"] } };
  expect(endsInDrop(list(rule(match, { drop: null })))).toBe(false);
  expect(endsInDrop(list(rule(match, { drop: null }), rule({ counter: {} }, { reject: {} })))).toBe(true);
  expect(endsInDrop(list(rule({ drop: null }), rule({ accept: null })))).toBe(false);
  expect(endsInDrop(list())).toBe(false);
});

it("says what to do", () => {
  expect(describeDropping({ family: "inet", table: "firewalld", chain: "filter_FORWARD" }, ["mydocker0"])).toBe(
    'the host\'s chain "filter_FORWARD" of table inet firewalld drops what is forwarded, and with it all traffic of mydocker0; try: firewall-cmd --permanent --zone=trusted --add-interface=mydocker0',
  );
  expect(describeDropping({ family: "inet", table: "filter", chain: "forward" }, ["mydocker0"])).toContain(
    "try: nft insert rule inet filter forward iifname mydocker0 accept; nft insert rule inet filter forward oifname mydocker0 accept",
  );
});
