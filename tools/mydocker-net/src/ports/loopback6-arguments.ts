import type { PortKey } from "../firewall/rule-set.ts";

/** What the shim is called with (docs/shim.md). The program is named after the installation, and attached where all sockets are below it. */
export function loopback6Arguments(
  prefix: string,
  verb: "list" | "add" | "remove" | "set",
  ports: PortKey[],
): string[] {
  const named = ports.map(({ protocol, hostPort }) => `${protocol}/${hostPort}`);
  return ["loopback6", "--cgroup", "/sys/fs/cgroup", "--name", `${prefix}_6`, verb, ...named];
}

/** @param text what the shim prints: `tcp/8080`, a line each */
export function parseLoopback6(text: string): PortKey[] {
  return text.split("\n").flatMap((line) => {
    const [, protocol, port] = /^(tcp|udp)\/(\d+)$/.exec(line) ?? [];
    if (protocol !== "tcp" && protocol !== "udp") return [];
    return [{ hostIp: "::1", hostPort: Number(port), protocol }];
  });
}

/** Those of the first that are not among the second, for people. */
export function differenceOfPorts(these: PortKey[], those: PortKey[]): string[] {
  const name = ({ hostIp, hostPort, protocol }: PortKey) => `[${hostIp}]:${hostPort}/${protocol}`;
  const known = new Set(those.map(name));
  return these.map(name).filter((port) => !known.has(port));
}
