import { makeRate } from "../link/rate-spec.ts";
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

/** Without a burst, a tenth of a second's worth. */
function parseRate(rate: number, burst: number): Rate {
  return makeRate(rate, (burst === 0 ? rate / 10 : burst) / 8);
}
