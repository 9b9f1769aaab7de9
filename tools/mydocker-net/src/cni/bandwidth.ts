import type { Rate, Rates } from "../link/rates.ts";
import type { CniRuntimeConfig } from "./cni-types.ts";

/** Rates of CNI's `bandwidth` capability: bits a second, and bits. 0 is no limit. */
export function parseBandwidth(bandwidth: NonNullable<CniRuntimeConfig["bandwidth"]>): Rates {
  const { ingressRate = 0, ingressBurst = 0, egressRate = 0, egressBurst = 0 } = bandwidth;
  return {
    ...(ingressRate === 0 ? {} : { ingress: parseRate(ingressRate, ingressBurst) }),
    ...(egressRate === 0 ? {} : { egress: parseRate(egressRate, egressBurst) }),
  };
}

/** The largest packet that a veth hands over at once: less could never go. */
const LEAST_BURST = 65_536;
/** The kernel counts it in 32 bits. */
const MOST_BURST = 2 ** 32 - 1;

function parseRate(rate: number, burst: number): Rate {
  const bytes = Math.ceil((burst === 0 ? rate / 10 : burst) / 8);
  return { rate, burst: Math.min(Math.max(bytes, LEAST_BURST), MOST_BURST) };
}
