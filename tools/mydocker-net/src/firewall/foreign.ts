import { outputOf } from "../run-now.ts";

/** A chain of somebody else's that drops what is forwarded. */
export interface DroppingChain {
  family: string;
  table: string;
  chain: string;
}

interface ListedChain {
  family: string;
  table: string;
  name: string;
  hook?: string;
  policy?: string;
}

type Expression = Record<string, unknown>;

/**
 * Other tables' chains that would drop our containers' packets: an accept of ours is not their last word. One that mentions each of the bridges has been
 * told of them, by an administrator who knows better. iptables' own is not among them: that one is let know.
 */
export function findDroppingChains(prefix: string, bridges: string[]): DroppingChain[] {
  const chains = parseForwardChains(listJson("chains")).filter(({ table }) => table !== prefix);
  return chains.flatMap(({ family, table, name: chain, policy }) => {
    const rules = listJson("chain", family, table, chain);
    if (bridges.every((bridge) => rules.includes(`"${bridge}"`))) return [];
    return policy === "drop" || endsInDrop(rules) ? [{ family, table, chain }] : [];
  });
}

/** One line for people. */
export function describeDropping({ family, table, chain }: DroppingChain, bridges: string[]): string {
  const names = bridges.join(", ");
  const remedy =
    table === "firewalld"
      ? bridges.map((bridge) => `firewall-cmd --permanent --zone=trusted --add-interface=${bridge}`).join("; ")
      : bridges
          .flatMap((bridge) =>
            ["iifname", "oifname"].map((end) => `nft insert rule ${family} ${table} ${chain} ${end} ${bridge} accept`),
          )
          .join("; ");
  return `the host's chain "${chain}" of table ${family} ${table} drops what is forwarded, and with it all traffic of ${names}; try: ${remedy}`;
}

/** @param json of `nft -j list chains` (libnftables-json(5)) */
export function parseForwardChains(json: string): ListedChain[] {
  const { nftables } = JSON.parse(json) as { nftables: { chain?: ListedChain }[] };
  return nftables
    .flatMap(({ chain }) => chain ?? [])
    .filter(({ hook, table, name }) => hook === "forward" && !(table === "filter" && name === "FORWARD"));
}

/** Whether a chain's last rule is to drop or reject whatever has come so far. @param json of `nft -j list chain` */
export function endsInDrop(json: string): boolean {
  const { nftables } = JSON.parse(json) as { nftables: { rule?: { expr: Expression[] } }[] };
  const last = nftables.flatMap(({ rule }) => rule ?? []).at(-1);
  const kinds = (last?.expr ?? []).map((expression) => Object.keys(expression)[0] ?? "");
  return ["drop", "reject"].includes(kinds.at(-1) ?? "") && !kinds.includes("match");
}

/** An empty list where nft cannot tell, or is not there: then nobody's rules are nft's. */
function listJson(...what: string[]): string {
  return outputOf("nft", ["-j", "list", ...what]) ?? '{"nftables":[]}';
}
