import type { Installed } from "../back-end.ts";
import type { PortKey } from "../rule-set.ts";

interface InstalledItem {
  map?: { name: string; elem?: [{ concat?: unknown[] }, unknown][] };
  set?: { name: string; elem?: unknown[] };
  rule?: { chain: string; expr: unknown };
}

/** What the maps stand for that have no address in their keys. */
const EVERYWHERE: Record<string, string> = { published: "0.0.0.0", published6: "::" };

/** @param json of `nft -j list table` (libnftables-json(5)) */
export function parseInstalled(json: string): Installed {
  const { nftables } = JSON.parse(json) as { nftables: InstalledItem[] };
  return { ports: nftables.flatMap(({ map }) => parsePorts(map)), rules: nftables.flatMap(describeItem) };
}

function parsePorts(map: InstalledItem["map"]): PortKey[] {
  return (map?.elem ?? []).flatMap(([key]) => {
    const parts = key.concat ?? [];
    const [hostIp, protocol, port] = parts.length === 2 ? [EVERYWHERE[map?.name ?? ""], ...parts] : parts;
    if (hostIp === undefined || (protocol !== "tcp" && protocol !== "udp")) return [];
    return [{ hostIp: String(hostIp), protocol, hostPort: Number(port) }];
  });
}

/** Rules and elements without what changes by itself: handles, and the order of elements. */
function describeItem({ map, set, rule }: InstalledItem): string[] {
  if (rule !== undefined) return [JSON.stringify([rule.chain, rule.expr])];
  const elements = (map ?? set)?.elem ?? [];
  return elements.map((element) => JSON.stringify([(map ?? set)?.name, element]));
}
