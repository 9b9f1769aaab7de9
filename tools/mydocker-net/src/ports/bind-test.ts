import type { PortMapping } from "@mydocker/oci";
import { errnoOf } from "@mydocker/stage";
import { tryBind } from "@mydocker/system/bind";

/**
 * Whether the host lets a port be bound: the firewall would take traffic from a host's process that has it without
 * either of them noticing.
 *
 * @returns undefined when it does, or the errno name
 */
export function bindTest({ hostIp, hostPort, protocol }: PortMapping): string | undefined {
  try {
    tryBind(hostIp, hostPort, protocol);
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? "EADDRINUSE";
  }
}
