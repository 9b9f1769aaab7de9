import { usageError } from "@mydocker/stage";
import { BITS, formatIp, parseIp } from "./ip.ts";

/** A subnet of either family, with its bounds as numbers. */
export interface Subnet {
  family: 4 | 6;
  /** As written in routes and rules: `172.29.0.0/16`. */
  text: string;
  prefixLength: number;
  network: bigint;
  /** The last address; IPv4's is for broadcasts. */
  end: bigint;
  /** The bridge's own address. */
  gateway: bigint;
  /** Bounds of what containers get. */
  first: bigint;
  last: bigint;
}

/** Addresses of a subnet that are not what they are by default, as text. */
export interface SubnetChoices {
  /** By default the subnet's first. */
  gateway?: string | undefined;
  first?: string | undefined;
  last?: string | undefined;
}

/** A /30 would leave room for a single container; a subnet larger than /8 is a slip. */
const LENGTHS = {
  4: { least: 8, most: 29, example: "172.29.0.0/16" },
  6: { least: 8, most: 125, example: "fd00:29::/64" },
};

/**
 * Parses a subnet for a bridge.
 *
 * @param text `address/length`, length 8 to 29, or 125 for IPv6
 * @throws MydockerError `USAGE`
 */
export function parseSubnet(text: string, choices: SubnetChoices = {}): Subnet {
  const [, dotted = "", digits = ""] = /^([\da-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  const ip = parseIp(dotted);
  const { least, most, example } = LENGTHS[ip?.family ?? 4];
  const prefixLength = Number(digits);
  if (ip === undefined || digits === "" || prefixLength < least || prefixLength > most) {
    throw usageError(
      `subnet ${JSON.stringify(text)}: expected an IPv${ip?.family ?? 4} subnet from /${least} to /${most}, like ${example}`,
    );
  }
  const { family, value } = ip;
  const size = 1n << BigInt(BITS[family] - prefixLength);
  const network = value - (value % size);
  const canonical = `${formatIp({ family, value: network })}/${prefixLength}`;
  if (network !== value) {
    throw usageError(
      `subnet ${JSON.stringify(text)}: the address has bits set behind the first ${prefixLength}`,
      canonical,
    );
  }
  const bounds = { family, text: canonical, network, end: network + size - 1n };
  const choose = (what: string, choice: string | undefined, otherwise: bigint) =>
    choice === undefined ? otherwise : parseHost(bounds, what, choice);
  const gateway = choose("gateway", choices.gateway, network + 1n);
  const first = choose("first address", choices.first, network + 1n);
  const last = choose("last address", choices.last, bounds.end - 1n);
  if (first > last) throw usageError(`subnet ${canonical}: ${choices.first} to ${choices.last} is no range`);
  return { ...bounds, prefixLength, gateway, first, last };
}

/** The subnet that an address like `10.1.2.3/24` is in. @throws MydockerError `USAGE` */
export function subnetAround(text: string, gateway?: string): Subnet {
  const [dotted = "", prefixLength = ""] = text.split("/");
  const ip = parseIp(dotted);
  if (ip === undefined || !/^\d{1,3}$/.test(prefixLength) || Number(prefixLength) > BITS[ip.family]) {
    throw usageError(`${JSON.stringify(text)}: expected an address like 172.29.0.2/16`);
  }
  const { family, value } = ip;
  const network = value - (value % (1n << BigInt(BITS[family] - Number(prefixLength))));
  return parseSubnet(`${formatIp({ family, value: network })}/${prefixLength}`, { gateway });
}

/** An address that a host in the subnet can have. @throws MydockerError `USAGE` */
export function parseHost(
  { family, text, network, end }: Pick<Subnet, "family" | "text" | "network" | "end">,
  what: string,
  dotted: string,
): bigint {
  const ip = parseIp(dotted);
  if (ip?.family === family && ip.value > network && ip.value < end) return ip.value;
  const [lowest, highest] = [network + 1n, end - 1n].map((value) => formatIp({ family, value }));
  throw usageError(
    `${what} ${JSON.stringify(dotted)}: expected an address from ${lowest} to ${highest}, in subnet ${text}`,
  );
}

/** The lowest address a container can have that is not taken, or undefined where all are. @param taken addresses as text */
export function firstFreeAddress(subnet: Subnet, taken: ReadonlySet<string>): bigint | undefined {
  for (let address = subnet.first; address <= subnet.last; address += 1n) {
    if (address !== subnet.gateway && !taken.has(formatIn(subnet, address))) return address;
  }
  return undefined;
}

export function formatIn({ family }: Pick<Subnet, "family">, value: bigint): string {
  return formatIp({ family, value });
}

/** `172.29.0.2/16`. */
export function formatWithPrefix(subnet: Subnet, address: bigint): string {
  return `${formatIn(subnet, address)}/${subnet.prefixLength}`;
}

/**
 * A MAC made from an IPv4 address: who gets the address next has the same one, so no neighbour's ARP entry is ever wrong.
 * 02 marks it as locally administered (IEEE 802).
 */
export function macOf(address: bigint): string {
  const bytes = [24n, 16n, 8n, 0n].map((shift) => ((address >> shift) & 0xffn).toString(16).padStart(2, "0"));
  return ["02", "42", ...bytes].join(":");
}
