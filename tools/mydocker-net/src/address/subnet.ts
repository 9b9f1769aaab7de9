import { usageError } from "@mydocker/stage";

/** An IPv4 subnet with its bounds as unsigned 32-bit numbers. */
export interface Subnet {
  /** As written in routes and rules: `172.29.0.0/16`. */
  text: string;
  prefixLength: number;
  network: number;
  broadcast: number;
  /** The first address: the bridge's own. */
  gateway: number;
}

/**
 * Parses a subnet for a bridge.
 *
 * @param text `address/length`, length 8 to 29: a /30 would leave room for a single container
 * @throws MydockerError `USAGE`
 */
export function parseSubnet(text: string): Subnet {
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
  return { text, prefixLength, network, broadcast: network + size - 1, gateway: network + 1 };
}

/** The lowest address a container can have that is not taken, or undefined where all are. */
export function firstFreeAddress(subnet: Subnet, taken: ReadonlySet<number>): number | undefined {
  for (let address = subnet.gateway + 1; address < subnet.broadcast; address += 1) {
    if (!taken.has(address)) return address;
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
