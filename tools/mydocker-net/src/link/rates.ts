import { runNow } from "../run-now.ts";
import { ipBatch } from "./ip.ts";

/** How fast a container's interface may be. */
export interface Rates {
  /** Towards the container. */
  ingress?: Rate;
  /** From it. */
  egress?: Rate;
}

export interface Rate {
  /** In bits a second. */
  rate: number;
  /** In bytes: what may go at once. */
  burst: number;
}

/**
 * Limits a veth at its end on the host, where the container cannot lift the limit. A link is shaped as it sends: what the container sends is
 * turned to an ifb, which sends it.
 *
 * @param prefix whose the ifb is, for gc
 */
export function limitLink(link: string, mirror: string, rates: Rates, prefix: string): void {
  // Its name does not say whose it is; its alias does.
  if (rates.egress !== undefined) {
    ipBatch(`link add name ${mirror} up type ifb\nlink set dev ${mirror} alias ${prefix}\n`);
  }
  const batch = renderRates(link, mirror, rates);
  if (batch !== "") runNow("tc", ["-batch", "-"], batch, (stderr) => `tc: ${stderr.trim().split("\n")[0]}`);
}

/** The commands of tc(8). */
export function renderRates(link: string, mirror: string, { ingress, egress }: Rates): string {
  const shape = (device: string, { rate, burst }: Rate) =>
    `qdisc add dev ${device} root tbf rate ${rate}bit burst ${burst} latency 25ms\n`;
  const turn =
    `qdisc add dev ${link} handle ffff: ingress\n` +
    `filter add dev ${link} parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev ${mirror}\n`;
  return (
    (ingress === undefined ? "" : shape(link, ingress)) + (egress === undefined ? "" : shape(mirror, egress) + turn)
  );
}
