import { describe, expect, it } from "vitest";
import { parseBandwidth } from "../cni/bandwidth.ts";
import { parseRates } from "./rate-spec.ts";
import { renderRates } from "./rates.ts";

it("shapes what the host's end sends, and by way of the mirror what it gets", () => {
  const rate = { rate: 8_000_000, burst: 100_000 };
  expect(renderRates("md-1", "mi-1", { ingress: rate, egress: { ...rate, rate: 1000 } })).toBe(
    "qdisc add dev md-1 root tbf rate 8000000bit burst 100000 latency 25ms\n" +
      "qdisc add dev mi-1 root tbf rate 1000bit burst 100000 latency 25ms\n" +
      "qdisc add dev md-1 handle ffff: ingress\n" +
      "filter add dev md-1 parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev mi-1\n",
  );
  expect(renderRates("md-1", "mi-1", {})).toBe("");
});

describe("--network-rate", () => {
  it("is one rate for both ways, or one for each", () => {
    const ten = { rate: 10_000_000, burst: 125_000 };
    expect(parseRates("10mbit")).toEqual({ ingress: ten, egress: ten });
    expect(parseRates("in=10Mbit,out=512kbit")).toEqual({ ingress: ten, egress: { rate: 512_000, burst: 65_536 } });
    expect(parseRates("out=1.5gbit")).toEqual({ egress: { rate: 1_500_000_000, burst: 18_750_000 } });
  });

  it.each([
    "",
    "10",
    "10mb",
    "-1mbit",
    "1kbit",
    "in=10mbit,in=5mbit",
    "10mbit,5mbit",
    "up=1mbit",
    "1e3mbit",
    "2000gbit",
  ])("refuses %j", (text) => {
    expect(() => parseRates(text)).toThrow("expected a rate from 8kbit");
  });
});

it("takes bits for what they are, and no burst that nothing could pass", () => {
  expect(parseBandwidth({ ingressRate: 8_000_000, ingressBurst: 1_600_000, egressRate: 0 })).toEqual({
    ingress: { rate: 8_000_000, burst: 200_000 },
  });
  expect(parseBandwidth({ egressRate: 1000, egressBurst: 8 })).toEqual({ egress: { rate: 1000, burst: 65_536 } });
  expect(parseBandwidth({ egressRate: 80_000_000 })).toEqual({ egress: { rate: 80_000_000, burst: 1_000_000 } });
});
