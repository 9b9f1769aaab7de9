import type { BackEnd } from "../back-end.ts";
import type { PortKey, Publication, RuleSet } from "../rule-set.ts";
import { canRun, readSaved, replaceChains, restore } from "./programs.ts";
import { chainsOf, type Family, familyOf, renderRule } from "./rules.ts";
import { isComplete, parsePorts } from "./transaction.ts";

const FAMILIES = [4, 6] as const;

/** Somebody may load everything anew between our reading and our deleting. */
const ATTEMPTS = 3;

/** Chains of our own in the tables that everybody shares, with a port a rule. */
export const iptables: BackEnd = {
  render: (rules, publications) =>
    FAMILIES.map((family) => JSON.stringify(wantedChains(family, rules, publications))).join("\n"),
  load(rules, publications) {
    for (const family of FAMILIES) replaceChains(rules.prefix, family, wantedChains(family, rules, publications));
  },
  renderAdd(prefix, publication) {
    const program = familyOf(publication) === 6 ? "ip6tables" : "iptables";
    return [`${program} -t nat ${renderRule(prefix, publication)}`];
  },
  async add(prefix, publications) {
    return FAMILIES.every((family) => {
      const rules = publications.filter((port) => familyOf(port) === family).map((port) => renderRule(prefix, port));
      // In front: what somebody left there of the same port is then not asked.
      return change(
        family,
        rules.map((rule) => rule.replace("-A", "-I")),
      );
    });
  },
  async remove(prefix, ports) {
    for (const family of FAMILIES) {
      removePorts(
        prefix,
        family,
        ports.filter((port) => familyOf(port) === family),
      );
    }
  },
  list(rules) {
    const found = FAMILIES.map((family) => ({ family, saved: readSaved(rules.prefix, family) }));
    if (!found.every(({ family, saved }) => isComplete(saved, wantedChains(family, rules, [])))) return undefined;
    return {
      ports: found.flatMap(({ family, saved }) => parsePorts(rules.prefix, family, saved)),
      rules: found.flatMap(({ family, saved }) =>
        [...saved.rules, ...saved.jumps.map(({ table, rule }) => `${table} ${rule}`)].map(
          (rule) => `${family} ${rule}`,
        ),
      ),
    };
  },
  title: (prefix) => `chains ${prefix.toUpperCase()}-*`,
  uninstall(prefix, dryRun) {
    const isThere = FAMILIES.some((family) => readSaved(prefix, family).jumps.length > 0);
    if (!dryRun) for (const family of FAMILIES) replaceChains(prefix, family, []);
    return isThere;
  },
  isUsable: () => canRun(4),
};

function wantedChains(family: Family, rules: RuleSet, publications: Publication[]) {
  return family === 4 || hasIpv6(rules) ? chainsOf(family, rules, publications) : [];
}

export function hasIpv6({ networks }: Pick<RuleSet, "networks">): boolean {
  return networks.some(({ subnet6 }) => subnet6 !== undefined);
}

/** iptables deletes by the whole rule, and a port alone is known here. */
function removePorts(prefix: string, family: Family, ports: PortKey[]): void {
  if (ports.length === 0) return;
  const key = ({ hostIp, hostPort, protocol }: PortKey) => `${hostIp} ${hostPort} ${protocol}`;
  const keys = new Set(ports.map(key));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const found = parsePorts(prefix, family, readSaved(prefix, family)).filter((port) => keys.has(key(port)));
    if (
      change(
        family,
        found.map(({ rule }) => rule.replace("-A", "-D")),
      )
    )
      return;
  }
}

/** @returns whether it could be done */
function change(family: Family, rules: string[]): boolean {
  return rules.length === 0 || restore(family, ["*nat", ...rules, "COMMIT", ""].join("\n")) === undefined;
}
