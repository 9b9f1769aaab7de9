import type { PortKey } from "../rule-set.ts";
import { type Chain, chainName, chainNames, type Family } from "./rules.ts";

const TABLES = ["raw", "mangle", "nat", "filter"] as const;

/** What `iptables-save` says of us. */
export interface Saved {
  chains: { table: string; name: string }[];
  /** Rules in chains of the host's that lead to ours. */
  jumps: { table: string; rule: string }[];
  /** Rules in our chains. */
  rules: string[];
}

/** @param text of `iptables-save` */
export function parseSaved(prefix: string, text: string): Saved {
  const names = chainNames(prefix);
  const saved: Saved = { chains: [], jumps: [], rules: [] };
  let table = "";
  for (const line of text.split("\n")) {
    const words = line.split(" ");
    const [first = "", name = ""] = words;
    if (first.startsWith("*")) table = first.slice(1);
    else if (first.startsWith(":") && names.includes(first.slice(1)))
      saved.chains.push({ table, name: first.slice(1) });
    else if (first === "-A" && names.includes(name)) saved.rules.push(line);
    else if (first === "-A" && names.includes(words.at(-1) ?? "")) saved.jumps.push({ table, rule: line });
  }
  return saved;
}

/**
 * The input of `iptables-restore --noflush` that makes our chains the wanted ones, each table in one transaction; "" where there is nothing to do. With
 * --noflush a chain that is declared is flushed, and all others are left alone (iptables-restore(8)).
 */
export function renderTransactions(saved: Saved, wanted: Chain[]): string {
  return TABLES.map((table) =>
    renderTable(
      table,
      saved,
      wanted.filter((chain) => chain.table === table),
    ),
  ).join("");
}

function renderTable(table: string, saved: Saved, wanted: Chain[]): string {
  const isThere = (name: string) => saved.chains.some((chain) => chain.table === table && chain.name === name);
  const unwanted = saved.chains.filter(
    (chain) => chain.table === table && !wanted.some(({ name }) => name === chain.name) && !isUsed(saved, chain.name),
  );
  const lines = [
    ...wanted.filter(({ name, isKept }) => isKept !== true || !isThere(name)).map(({ name }) => `:${name} - [0:0]`),
    ...unwanted.map(({ name }) => `:${name} - [0:0]`),
    ...saved.jumps.filter((jump) => jump.table === table).map(({ rule }) => rule.replace("-A", "-D")),
    ...wanted.flatMap(({ jumps, rules }) => [...jumps, ...rules]),
    ...unwanted.map(({ name }) => `-X ${name}`),
  ];
  return lines.length === 0 ? "" : [`*${table}`, ...lines, "COMMIT", ""].join("\n");
}

/** Whether it is the administrator's chain, and has rules. */
function isUsed({ rules }: Saved, name: string): boolean {
  return name.endsWith("-USER") && rules.some((rule) => rule.startsWith(`-A ${name} `));
}

/** Whether every chain is there, and a way to it. */
export function isComplete({ chains, jumps }: Saved, wanted: Chain[]): boolean {
  return wanted.every(
    (chain) =>
      chains.some(({ name }) => name === chain.name) &&
      jumps.filter(({ rule }) => rule.endsWith(` -j ${chain.name}`)).length >= chain.jumps.length,
  );
}

/** A published port as it is in our chain, and the rule that publishes it. */
export interface SavedPort extends PortKey {
  rule: string;
}

export function parsePorts(prefix: string, family: Family, { rules }: Pick<Saved, "rules">): SavedPort[] {
  const chain = `-A ${chainName(prefix, "DNAT")} `;
  return rules.flatMap((rule) => {
    const protocol = / -p (tcp|udp) /.exec(rule)?.[1];
    const port = / --dport (\d+) /.exec(rule)?.[1];
    if (!rule.startsWith(chain) || port === undefined || (protocol !== "tcp" && protocol !== "udp")) return [];
    const hostIp = / -d ([\da-f.:]+)\/\d+ /.exec(rule)?.[1] ?? { 4: "0.0.0.0", 6: "::" }[family];
    return [{ hostIp, hostPort: Number(port), protocol, rule }];
  });
}
