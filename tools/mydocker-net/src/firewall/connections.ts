import type { PortMapping } from "@mydocker/oci";
import { succeeds } from "../run-now.ts";

/**
 * Forgets UDP flows to a port. The kernel decides on an address once for each flow, and a UDP flow has no end: a client
 * that goes on sending would stay with the decision from before the port was published, or with the container of before.
 * Without the conntrack program the flows time out by themselves.
 *
 * @param address only flows that went to this container; without it, all to the port
 */
export async function forgetFlows(ports: PortMapping[], address?: string): Promise<void> {
  const udp = ports.filter(({ protocol }) => protocol === "udp");
  await Promise.all(
    udp.map(async ({ hostIp, hostPort }) => {
      const bound = hostIp === "0.0.0.0" ? [] : ["--orig-dst", hostIp];
      const went = address === undefined ? [] : ["--reply-src", address];
      const filter = ["--proto", "udp", "--orig-port-dst", String(hostPort), ...bound, ...went];
      await succeeds("conntrack", ["--delete", ...filter]).catch(() => false);
    }),
  );
}
