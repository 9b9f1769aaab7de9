import type { PortMapping } from "@mydocker/oci";
import { isEverywhere, withoutPrefix } from "../ports/port-spec.ts";
import { succeeds } from "../run-now.ts";

/**
 * Forgets UDP flows to a port. The kernel decides on an address once for each flow, and a UDP flow has no end: a client
 * that goes on sending would stay with the decision from before the port was published, or with the container of before.
 * Without the conntrack program the flows time out by themselves.
 *
 * @param container only flows that went to its addresses; without it, all to the port
 */
export async function forgetFlows(
  ports: PortMapping[],
  container?: { address: string; address6?: string },
): Promise<void> {
  const udp = ports.filter(({ protocol }) => protocol === "udp");
  await Promise.all(
    udp.map(async ({ hostIp, hostPort }) => {
      const isIpv6 = hostIp.includes(":");
      const address = isIpv6 ? container?.address6 : container?.address;
      const bound = isEverywhere(hostIp) ? [] : ["--orig-dst", hostIp];
      const went = address === undefined ? [] : ["--reply-src", withoutPrefix(address)];
      const filter = [
        "--family",
        isIpv6 ? "ipv6" : "ipv4",
        "--proto",
        "udp",
        "--orig-port-dst",
        String(hostPort),
        ...bound,
        ...went,
      ];
      await succeeds("conntrack", ["--delete", ...filter]).catch(() => false);
    }),
  );
}
