import { usageError } from "@mydocker/stage";
import type { Rate, Rates } from "./rates.ts";

/** The largest packet that a veth hands over at once: less could never go. */
export const LEAST_BURST = 65_536;
/** The kernel counts it in 32 bits. */
const MOST_BURST = 2 ** 32 - 1;

const BITS: Record<string, number> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/**
 * Parses `--network-rate`: `10mbit` for both ways, or `in=10mbit,out=512kbit`, seen from the container. A tenth of a second's
 * worth may go at once.
 *
 * @throws MydockerError `USAGE`
 */
export function parseRates(text: string): Rates {
  const parts = text.split(",").map((part) => {
    const [, way, rate = ""] = /^(?:(in|out)=)?(.*)$/.exec(part) ?? [];
    return { way, rate: parseRate(text, rate) };
  });
  const [both] = parts;
  if (parts.length === 1 && both !== undefined && both.way === undefined)
    return { ingress: both.rate, egress: both.rate };
  const ways = parts.map(({ way }) => way);
  if (ways.includes(undefined) || new Set(ways).size < ways.length) throw wrong(text);
  const ingress = parts.find(({ way }) => way === "in")?.rate;
  const egress = parts.find(({ way }) => way === "out")?.rate;
  return { ...(ingress === undefined ? {} : { ingress }), ...(egress === undefined ? {} : { egress }) };
}

/** @param burst in bytes */
export function makeRate(rate: number, burst: number): Rate {
  return { rate, burst: Math.min(Math.max(Math.ceil(burst), LEAST_BURST), MOST_BURST) };
}

function parseRate(text: string, part: string): Rate {
  const [, number = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([kmg]?bit)$/.exec(part.toLowerCase()) ?? [];
  const rate = Math.round(Number(number) * (BITS[unit] ?? 0));
  // Below this a single packet takes longer than connections wait.
  if (number === "" || rate < 8000 || rate > 1e12) throw wrong(text);
  return makeRate(rate, rate / 80);
}

function wrong(text: string) {
  return usageError(
    `--network-rate ${JSON.stringify(text)}: expected a rate from 8kbit to 1000gbit, or one for each way`,
    "10mbit, or in=10mbit,out=512kbit",
  );
}
