import type { DnsRequest } from "./dns-flags.ts";

/** docker's choice where the host's servers cannot be used. */
const PUBLIC_SERVERS = ["nameserver 8.8.8.8", "nameserver 8.8.4.4"];

/**
 * The container's /etc/resolv.conf: the host's, without name servers on the host's loopback, which in the container is
 * another one. IPv6 servers go too: not every network has IPv6. Where none is left, public ones as docker has them.
 *
 * @param text of the host's resolv.conf (resolv.conf(5))
 */
export function filterResolvConf(text: string): string {
  const kept = withoutEmptyEnd(
    text.split("\n").filter((line) => {
      const [keyword, server = ""] = line.trim().split(/\s+/);
      return keyword !== "nameserver" || isReachable(server);
    }),
  );
  const hasServer = kept.some((line) => /^\s*nameserver\s/.test(line));
  return joinLines([...kept, ...(hasServer ? [] : PUBLIC_SERVERS)]);
}

/**
 * Puts what was asked for in place of what is there.
 *
 * @param text of a resolv.conf
 * @param asked `servers`: empty, those that are there
 */
export function changeResolvConf(text: string, asked: Pick<DnsRequest, "servers" | "search" | "options">): string {
  const { servers, search, options } = asked;
  const replaced = [
    ...(servers.length === 0 ? [] : ["nameserver"]),
    ...(search === undefined ? [] : ["search", "domain"]),
    ...(options === undefined ? [] : ["options"]),
  ];
  const kept = withoutEmptyEnd(
    text.split("\n").filter((line) => !replaced.includes(line.trim().split(/\s+/)[0] ?? "")),
  );
  return joinLines([
    ...kept,
    ...servers.map((server) => `nameserver ${server}`),
    ...(search === undefined || search.length === 0 ? [] : [`search ${search.join(" ")}`]),
    ...(options === undefined ? [] : [`options ${options.join(" ")}`]),
  ]);
}

function withoutEmptyEnd(lines: string[]): string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
}

function joinLines(lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function isReachable(server: string): boolean {
  return !server.startsWith("127.") && !server.includes(":");
}

/** Where systemd-resolved keeps the servers behind its own on 127.0.0.53. */
export const RESOLVED_UPSTREAM = "/run/systemd/resolve/resolv.conf";

/** Whether the host's only servers are systemd-resolved's, so that RESOLVED_UPSTREAM is the one to copy. */
export function isResolvedStub(text: string): boolean {
  const servers = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1]);
  return servers.length > 0 && servers.every((server) => server === "127.0.0.53");
}
