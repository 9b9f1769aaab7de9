import type { PortMapping } from "@mydocker/oci";
import { type MydockerError, usageError } from "@mydocker/stage";
import { formatAddress, parseAddress } from "../address/subnet.ts";

/** A port as the user asked for it; `hostPort` 0 means any free one. */
export type PortRequest = PortMapping;

/**
 * Parses `-p [ip:][hostPort:]containerPort[/tcp|udp]`.
 *
 * @throws MydockerError `USAGE` that says which part is wrong and what was expected
 */
export function parsePort(text: string): PortRequest {
  if (text.includes("[")) throw wrong(text, "IPv6 addresses cannot be published on yet", "an IPv4 address");
  const slash = text.indexOf("/");
  const protocol = parseProtocol(text, slash === -1 ? "tcp" : text.slice(slash + 1));
  const parts = (slash === -1 ? text : text.slice(0, slash)).split(":");
  if (parts.length > 3) throw wrong(text, "too many colons");
  const containerPort = parseNumber(text, "container port", parts.at(-1) ?? "", 1);
  const hostText = parts.at(-2) ?? "";
  // `ip::80` asks for any port on that address, `:80` is a slip.
  if (hostText === "" && parts.length === 2) throw wrong(text, "the host port is missing", `${containerPort}`);
  const hostPort = hostText === "" ? 0 : parseNumber(text, "host port", hostText, 0);
  const hostIp = parts.length === 3 ? parseHostIp(text, parts[0] ?? "") : "0.0.0.0";
  return { hostIp, hostPort, containerPort, protocol };
}

/** Parses all `-p`; the same mapping twice counts once. */
export function parsePorts(texts: string[]): PortRequest[] {
  const requests = new Map(texts.map(parsePort).map((request) => [JSON.stringify(request), request]));
  return [...requests.values()];
}

/** `127.0.0.1:8080->80/tcp`, as docker shows it. */
export function describeMapping({ hostIp, hostPort, containerPort, protocol }: PortMapping): string {
  return `${hostIp}:${hostPort}->${containerPort}/${protocol}`;
}

function parseProtocol(text: string, protocol: string): "tcp" | "udp" {
  const lower = protocol.toLowerCase();
  if (lower === "tcp" || lower === "udp") return lower;
  throw wrong(text, `protocol "${protocol}": expected tcp or udp`);
}

function parseNumber(text: string, what: string, digits: string, lowest: number): number {
  if (/^\d+-\d+$/.test(digits)) {
    throw wrong(text, `${what} "${digits}": ranges are not supported`, "one -p for each port");
  }
  const number = /^\d{1,5}$/.test(digits) ? Number(digits) : -1;
  if (number < lowest || number > 65535) throw wrong(text, `${what} "${digits}": expected a number from 1 to 65535`);
  return number;
}

function parseHostIp(text: string, ip: string): string {
  const address = parseAddress(ip);
  if (address === undefined) throw wrong(text, `host address "${ip}": expected an IPv4 address like 127.0.0.1`);
  return formatAddress(address);
}

function wrong(text: string, why: string, hint = "-p 8080:80, -p 127.0.0.1:8080:80/tcp or -p 80"): MydockerError {
  return usageError(`-p ${JSON.stringify(text)}: ${why}`, hint);
}
