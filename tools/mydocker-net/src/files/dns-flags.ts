import { type Flags, type FlagValues, usageError } from "@mydocker/stage";
import { formatIp, parseIp } from "../address/ip.ts";

/** For what becomes the container's /etc/resolv.conf and /etc/hosts. */
export const DNS_FLAGS = {
  dns: { type: "list", value: "ADDRESS", description: "Name server to ask in place of the network's or the host's" },
  "dns-search": { type: "list", value: "DOMAIN", description: "Domain to look names up in; . for none" },
  "dns-option": { type: "list", value: "OPTION", description: "Option of resolv.conf(5): ndots:2" },
  "add-host": { type: "list", value: "NAME:ADDRESS", description: "Line of /etc/hosts; host-gateway is the host" },
} as const satisfies Flags;

/** What was asked for of name resolution. */
export interface DnsRequest {
  servers: string[];
  /** Absent: the host's. */
  search?: string[];
  options?: string[];
  /** `address` may be `host-gateway`. */
  hosts: { name: string; address: string }[];
}

/** @throws MydockerError `USAGE` */
export function parseDns(flags: FlagValues<typeof DNS_FLAGS>): DnsRequest {
  const search = flags["dns-search"].filter((domain) => domain !== ".");
  return {
    servers: flags.dns.map((text) => parseAddress("--dns", text)),
    ...(flags["dns-search"].length === 0 ? {} : { search: search.map((domain) => checkWord("--dns-search", domain)) }),
    ...(flags["dns-option"].length === 0
      ? {}
      : { options: flags["dns-option"].map((option) => checkWord("--dns-option", option)) }),
    hosts: flags["add-host"].map(parseHost),
  };
}

function parseHost(text: string): { name: string; address: string } {
  // docker takes both, and an address of IPv6 has colons itself.
  const [, name = "", address = ""] = /^([^:=]+)[:=](.+)$/.exec(text) ?? [];
  if (name === "") throw usageError(`--add-host ${JSON.stringify(text)}: expected NAME:ADDRESS`);
  checkWord("--add-host", name);
  const bare = address.replace(/^\[(.*)\]$/, "$1");
  return { name, address: bare === "host-gateway" ? bare : parseAddress("--add-host", bare) };
}

function parseAddress(flag: string, text: string): string {
  const ip = parseIp(text);
  if (ip === undefined) throw usageError(`${flag} ${JSON.stringify(text)}: expected an address like 10.0.0.53`);
  return formatIp(ip);
}

/** What stands in a line of those files without changing it. */
function checkWord(flag: string, text: string): string {
  if (/^[\w.:-]+$/.test(text)) return text;
  throw usageError(`${flag} ${JSON.stringify(text)}: expected letters, digits and "._:-"`);
}
