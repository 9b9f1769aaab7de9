import { usageError } from "@mydocker/stage";

/** An IPv4 subnet with its bounds as unsigned 32-bit numbers. */
export interface Subnet {
  /** As written in routes and rules: `172.29.0.0/16`. */
  text: string;
  prefixLength: number;
  network: number;
  broadcast: number;
  /** The bridge's own address. */
  gateway: number;
  /** Bounds of what containers get. */
  first: number;
  last: number;
}

/** Addresses of a subnet that are not what they are by default, as text. */
export interface SubnetChoices {
  /** By default the subnet's first. */
  gateway?: string | undefined;
  first?: string | undefined;
  last?: string | undefined;
}

/**
 * Parses a subnet for a bridge.
 *
 * @param text `address/length`, length 8 to 29: a /30 would leave room for a single container
 * @throws MydockerError `USAGE`
 */
export function parseSubnet(text: string, choices: SubnetChoices = {}): Subnet {
  const [, dotted = "", digits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseAddress(dotted);
  const prefixLength = Number(digits);
  if (address === undefined || digits === "" || prefixLength < 8 || prefixLength > 29) {
    throw usageError(`subnet ${JSON.stringify(text)}: expected an IPv4 subnet from /8 to /29, like 172.29.0.0/16`);
  }
  const size = 2 ** (32 - prefixLength);
  const network = address - (address % size);
  if (network !== address) {
    throw usageError(
      `subnet ${JSON.stringify(text)}: the address has bits set behind the first ${prefixLength}`,
      `${formatAddress(network)}/${prefixLength}`,
    );
  }
  const bounds = { network, broadcast: network + size - 1 };
  const choose = (what: string, choice: string | undefined, otherwise: number) =>
    choice === undefined ? otherwise : parseHost(text, bounds, what, choice);
  const gateway = choose("gateway", choices.gateway, network + 1);
  const first = choose("first address", choices.first, network + 1);
  const last = choose("last address", choices.last, bounds.broadcast - 1);
  if (first > last) throw usageError(`subnet ${text}: ${choices.first} to ${choices.last} is no range`);
  return { text, prefixLength, ...bounds, gateway, first, last };
}

/** The subnet that an address like `10.1.2.3/24` is in. @throws MydockerError `USAGE` */
export function subnetAround(text: string, gateway?: string): Subnet {
  const [, dotted = "", prefixLength = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseAddress(dotted);
  if (address === undefined) throw usageError(`${JSON.stringify(text)}: expected an address like 172.29.0.2/16`);
  const network = address - (address % 2 ** (32 - Number(prefixLength)));
  return parseSubnet(`${formatAddress(network)}/${prefixLength}`, { gateway });
}

/** An address that a host in the subnet can have. @throws MydockerError `USAGE` */
export function parseHost(
  text: string,
  { network, broadcast }: Pick<Subnet, "network" | "broadcast">,
  what: string,
  dotted: string,
): number {
  const address = parseAddress(dotted);
  if (address !== undefined && address > network && address < broadcast) return address;
  throw usageError(
    `${what} ${JSON.stringify(dotted)}: expected an address from ${formatAddress(network + 1)} to ${formatAddress(broadcast - 1)}, in subnet ${text}`,
  );
}

/** The lowest address a container can have that is not taken, or undefined where all are. */
export function firstFreeAddress(subnet: Subnet, taken: ReadonlySet<number>): number | undefined {
  for (let address = subnet.first; address <= subnet.last; address += 1) {
    if (address !== subnet.gateway && !taken.has(address)) return address;
  }
  return undefined;
}

/** @returns undefined for anything but four decimal numbers of 0 to 255 without leading zeros */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    // Leading zeros are octal to some parsers and decimal to others (CVE-2021-29923).
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** `172.29.0.2/16`. */
export function formatWithPrefix(subnet: Subnet, address: number): string {
  return `${formatAddress(address)}/${subnet.prefixLength}`;
}

/**
 * A MAC made from the address: who gets the address next has the same one, so no neighbour's ARP entry is ever wrong.
 * 02 marks it as locally administered (IEEE 802).
 */
export function macOf(address: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => ((address >>> shift) & 0xff).toString(16).padStart(2, "0"));
  return ["02", "42", ...bytes].join(":");
}
