import type { PortMapping } from "@mydocker/oci";
import type { NetworkRecord } from "../network/network.ts";

/** A published port and the address behind it. */
export interface Publication extends PortMapping {
  /** Of the container, without prefix length. */
  address: string;
}

/** What names a published port on the host. */
export type PortKey = Omit<PortMapping, "containerPort">;

/**
 * What the firewall is to do, whichever program does it:
 *
 * - A published port is translated for whoever asks an address of the host, or the one address it is bound to. What is bound to 127.0.0.1
 *   is never for a packet that arrives from somewhere (moby#45610).
 * - Nothing that arrives on a bridge is for 127/8, or from it.
 * - What leaves a network that masquerades gets the host's address; so does what comes back to the bridge that it left (hairpin).
 * - Forwarded to a bridge is what answers, what comes from the same bridge and what was published; to one that is not isolated, everything. From and to an
 *   internal one nothing is forwarded.
 */
export interface RuleSet {
  /** Names our table or chains. */
  prefix: string;
  /** At least one. */
  networks: FirewallNetwork[];
  /** Bridges of the host's that are named as docker names its own, and are not docker's. */
  hostBridges?: string[];
}

export type FirewallNetwork = Pick<
  NetworkRecord,
  "bridge" | "subnet" | "subnet6" | "masquerade" | "isolated" | "internal"
>;
