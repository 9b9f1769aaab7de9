import { MydockerError } from "@mydocker/stage";
import { formatReference, parseReference, type Reference } from "../reference/reference.ts";
import type { RegistryRule } from "./registries-conf.ts";

/** Where an image can be had. */
export interface Place {
  reference: Reference;
  /** false: plain HTTP, or any certificate; undefined: nobody has said. */
  tlsVerify?: boolean;
  isMirror: boolean;
}

/**
 * Where to look for an image, in this order: the mirrors of its registry, and then the registry itself.
 *
 * @throws MydockerError where the registry is blocked
 */
export function pullPlaces(reference: Reference, rules: RegistryRule[]): Place[] {
  const rule = findRule(reference, rules);
  if (rule === undefined) return [{ reference, isMirror: false }];
  if (rule.blocked) throw blocked(reference, rule);
  const kind = reference.digest === undefined ? "tag-only" : "digest-only";
  const mirrors = rule.mirrors
    .filter(({ from }) => from === "all" || from === kind)
    .map(({ location, insecure }) => place(moved(reference, rule, location), insecure, true));
  return [...mirrors, ownPlace(reference, rule)];
}

/** Where an image is sent to: no mirror, but what a rule says of the registry itself. */
export function pushPlace(reference: Reference, rules: RegistryRule[]): Place {
  const rule = findRule(reference, rules);
  if (rule === undefined) return { reference, isMirror: false };
  if (rule.blocked) throw blocked(reference, rule);
  return ownPlace(reference, rule);
}

/** A registry itself, and no image of it. */
export function registryPlace(registry: string, rules: RegistryRule[]): Place {
  const rule = rules.findLast(({ prefix, location = prefix }) => prefix === registry || location === registry);
  return place({ registry, repository: "" }, rule?.insecure ?? false, false);
}

function ownPlace(reference: Reference, rule: RegistryRule): Place {
  const { location, insecure } = rule;
  return place(location === undefined ? reference : moved(reference, rule, location), insecure, false);
}

function place(reference: Reference, insecure: boolean, isMirror: boolean): Place {
  return { reference, isMirror, ...(insecure ? { tlsVerify: false } : {}) };
}

/** The rule with the longest prefix; of several with the same one, the last, which is of the file that is read last. */
function findRule(reference: Reference, rules: RegistryRule[]): RegistryRule | undefined {
  return rules
    .filter(({ prefix }) => matchedLength(reference, prefix) !== undefined)
    .reduce<RegistryRule | undefined>(
      (best, rule) => (best === undefined || rule.prefix.length >= best.prefix.length ? rule : best),
      undefined,
    );
}

/** How much of an image's name a prefix takes; undefined: it does not match. */
function matchedLength(reference: Reference, prefix: string): number | undefined {
  const name = formatReference(reference);
  if (prefix.startsWith("*.")) {
    // `*.example.com`: any host below it, and only hosts.
    const { registry } = reference;
    return registry.endsWith(prefix.slice(1)) ? registry.length : undefined;
  }
  if (name === prefix) return prefix.length;
  const isWhole = name.startsWith(prefix) && "/:@".includes(name[prefix.length] ?? "");
  return isWhole ? prefix.length : undefined;
}

/** The same image where a location takes the prefix's place. */
function moved(reference: Reference, rule: RegistryRule, location: string): Reference {
  const rest = formatReference(reference).slice(matchedLength(reference, rule.prefix) ?? 0);
  try {
    return parseReference(`${location}${rest}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MydockerError(`registries.conf: ${JSON.stringify(location)} in place of "${rule.prefix}": ${why}`, {
      code: "BAD_REGISTRIES_CONF",
      hint: "man containers-registries.conf",
    });
  }
}

function blocked(reference: Reference, { prefix }: RegistryRule): MydockerError {
  return new MydockerError(`registry ${reference.registry}: registries.conf blocks "${prefix}"`, {
    code: "BLOCKED_REGISTRY",
    hint: "another registry, or take the block out of registries.conf",
  });
}
