// dockerd and podman's netavark leave iptables chains behind when they end. What was not there before is taken away.
import { attempt } from "./command.mjs";

const FAMILIES = ["iptables", "ip6tables"];

/** Remembers the rules there are now, and has what is added to them removed when the field is cleaned up. */
export function watchFirewall(field) {
  const before = FAMILIES.map((family) => readRules(family));
  const tables = nftTables();
  field.later(() => {
    for (const [index, family] of FAMILIES.entries()) {
      for (const command of commandsToGoBack(before[index], readRules(family))) attempt([family, ...command]);
    }
    removeEmptyTables(tables);
  });
}

/**
 * The iptables commands that take away what `after` has and `before` has not: rules first (they refer to chains), then
 * chains, then policies.
 *
 * @param before,after as iptables-save prints them
 */
export function commandsToGoBack(before, after) {
  const old = parseRules(before);
  const now = parseRules(after);
  const added = (kind) => now[kind].filter(({ key }) => !old[kind].some((other) => other.key === key));
  const rules = added("rules").map(({ table, words }) => ["-t", table, "-D", ...words]);
  const chains = added("chains").filter(({ policy }) => policy === "-");
  const policies = old.chains.filter(({ key, policy }) => {
    return policy !== "-" && now.chains.some((other) => other.key === key && other.policy !== policy);
  });
  // A built-in chain that is in no table of `before` had the policy that built-in chains have.
  const fresh = added("chains").filter(({ policy }) => policy !== "-" && policy !== "ACCEPT");
  return [
    ...rules,
    ...chains.map(({ table, name }) => ["-t", table, "-F", name]),
    ...chains.map(({ table, name }) => ["-t", table, "-X", name]),
    ...policies.map(({ table, name, policy }) => ["-t", table, "-P", name, policy]),
    ...fresh.map(({ table, name }) => ["-t", table, "-P", name, "ACCEPT"]),
  ];
}

function parseRules(text) {
  const parsed = { rules: [], chains: [] };
  let table = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    const chain = /^:(\S+) (\S+)/.exec(line);
    if (chain !== null) parsed.chains.push({ key: `${table} ${chain[1]}`, table, name: chain[1], policy: chain[2] });
    if (line.startsWith("-A ")) parsed.rules.push({ key: `${table} ${line}`, table, words: splitWords(line.slice(3)) });
  }
  return parsed;
}

/** iptables-save quotes what has spaces in it (comments), with a backslash before a quote. */
function splitWords(line) {
  return [...line.matchAll(/"((?:\\.|[^"])*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain,
  );
}

function readRules(family) {
  return attempt([`${family}-save`]).stdout ?? "";
}

/** iptables over nftables makes a table when it first needs it, and keeps it. */
function nftTables() {
  return (attempt(["nft", "list", "tables"]).stdout ?? "").split("\n").filter((line) => /^table ip6? \w+$/.test(line));
}

function removeEmptyTables(before) {
  for (const table of nftTables().filter((line) => !before.includes(line))) {
    const words = table.split(" ").slice(1);
    const { stdout } = attempt(["nft", "list", "table", ...words]);
    const isEmpty = !/^\t\t(?!type |$)/m.test(stdout);
    if (["filter", "nat", "mangle", "raw", "security"].includes(words[1]) && isEmpty)
      attempt(["nft", "delete", "table", ...words]);
  }
}
