import type { PortMapping } from "@mydocker/oci";
import { type MydockerError, usageError } from "@mydocker/stage";
import { formatIp, parseIp } from "../address/ip.ts";

/** A port as the user asked for it. */
export interface PortRequest {
  /** Without one, every address of the host. */
  hostIp?: string;
  /** 0: any free one. */
  hostPort: number;
  /** Any free one from `hostPort` to this. */
  lastHostPort?: number;
  containerPort: number;
  protocol: "tcp" | "udp";
}

/**
 * Parses `-p [ip:][hostPort[-hostPort]:]containerPort[-containerPort][/tcp|udp]`, IPv6 in brackets. As many ports of the host as of the container are paired; several of the
 * host for one of the container are a choice.
 *
 * @throws MydockerError `USAGE` that says which part is wrong and what was expected
 */
export function parsePort(text: string): PortRequest[] {
  const slash = text.indexOf("/");
  const protocol = parseProtocol(text, slash === -1 ? "tcp" : text.slice(slash + 1));
  const { hostIp, parts } = splitHostIp(text, slash === -1 ? text : text.slice(0, slash));
  const container = parseRange(text, "container port", parts.at(-1) ?? "", 1);
  const hostText = parts.at(-2) ?? "";
  // `ip::80` asks for any port on that address, `:80` is a slip.
  if (hostText === "" && parts.length === 2 && hostIp === undefined) {
    throw wrong(text, "the host port is missing", parts.at(-1) ?? "80");
  }
  const host = hostText === "" ? undefined : parseRange(text, "host port", hostText, 0);
  const common = { ...(hostIp === undefined ? {} : { hostIp }), protocol };
  const count = container.last - container.first + 1;
  if (count === 1 && host !== undefined && host.last > host.first) {
    return [{ ...common, hostPort: host.first, lastHostPort: host.last, containerPort: container.first }];
  }
  if (host !== undefined && host.last - host.first + 1 !== count) {
    throw wrong(text, `${host.last - host.first + 1} ports of the host for ${count} of the container`);
  }
  return Array.from({ length: count }, (_, index) => ({
    ...common,
    hostPort: host === undefined || host.first === 0 ? 0 : host.first + index,
    containerPort: container.first + index,
  }));
}

/** Parses all `-p`; the same mapping twice counts once. */
export function parsePorts(texts: string[]): PortRequest[] {
  const requests = new Map(texts.flatMap(parsePort).map((request) => [JSON.stringify(request), request]));
  return [...requests.values()];
}

/** `127.0.0.1:8080->80/tcp`, as docker shows it. */
export function describeMapping({ hostIp, hostPort, containerPort, protocol }: PortMapping): string {
  return `${hostIp}:${hostPort}->${containerPort}/${protocol}`;
}

/** Whether it stands for every address of its family. */
export function isEverywhere(hostIp: string): boolean {
  return hostIp === "0.0.0.0" || hostIp === "::";
}

/** `172.29.0.2/16` without `/16`. */
export function withoutPrefix(address: string): string {
  return address.replace(/\/\d+$/, "");
}

/** @returns what stands in front of the ports, and these: of host and container, or of the container alone */
function splitHostIp(text: string, spec: string): { hostIp?: string; parts: string[] } {
  const [, bracketed, rest = ""] = /^\[(.*)\]:(.*)$/.exec(spec) ?? [];
  const parts = (bracketed === undefined ? spec : rest).split(":");
  if (bracketed !== undefined) {
    if (parts.length > 2) throw wrong(text, "too many colons");
    return { hostIp: parseHostIp(text, bracketed, 6), parts: parts.length === 1 ? ["", ...parts] : parts };
  }
  if (parts.length > 3) throw wrong(text, "too many colons", "an IPv6 address in brackets: -p [::1]:8080:80");
  if (parts.length < 3) return { parts };
  return { hostIp: parseHostIp(text, parts[0] ?? "", 4), parts: parts.slice(1) };
}

function parseProtocol(text: string, protocol: string): "tcp" | "udp" {
  const lower = protocol.toLowerCase();
  if (lower === "tcp" || lower === "udp") return lower;
  throw wrong(text, `protocol "${protocol}": expected tcp or udp`);
}

function parseRange(text: string, what: string, range: string, lowest: number): { first: number; last: number } {
  const [from = "", to = from, ...others] = range.split("-");
  const [first, last] = [from, to].map((digits) => (/^\d{1,5}$/.test(digits) ? Number(digits) : -1));
  if (first === undefined || last === undefined || others.length > 0 || first < lowest || last > 65535 || last < 0) {
    throw wrong(text, `${what} "${range}": expected a number from 1 to 65535, or a range of them`);
  }
  if (last < first) throw wrong(text, `${what} "${range}": ends before it begins`);
  return { first, last };
}

function parseHostIp(text: string, address: string, family: 4 | 6): string {
  const ip = parseIp(address);
  const example = { 4: "127.0.0.1", 6: "[::1]" }[family];
  if (ip?.family !== family)
    throw wrong(text, `host address "${address}": expected an IPv${family} address like ${example}`);
  return formatIp(ip);
}

function wrong(text: string, why: string, hint = "-p 8080:80, -p 127.0.0.1:8080:80/tcp or -p 80"): MydockerError {
  return usageError(`-p ${JSON.stringify(text)}: ${why}`, hint);
}
