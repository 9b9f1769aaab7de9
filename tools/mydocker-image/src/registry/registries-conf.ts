import { MydockerError } from "@mydocker/stage";
import { parse } from "smol-toml";

/** One `[[registry]]` of containers-registries.conf(5), version 2. */
export interface RegistryRule {
  /** `registry.lan:5000`, `docker.io/library`, `*.example.com`: what an image's name has to begin with. */
  prefix: string;
  /** What takes the prefix's place; undefined: it stays. */
  location?: string;
  /** Plain HTTP, or any certificate. */
  insecure: boolean;
  blocked: boolean;
  /** Asked first, in this order. */
  mirrors: Mirror[];
}

export interface Mirror {
  location: string;
  insecure: boolean;
  /** Which references it is asked for. */
  from: "all" | "digest-only" | "tag-only";
}

/**
 * Reads a registries.conf. What is about other things than registries (short names, credential helpers) is left out.
 *
 * @param path for messages
 */
export function parseRegistriesConf(text: string, path: string): RegistryRule[] {
  const bad = (why: string): MydockerError =>
    new MydockerError(`${path}: ${why}`, { code: "BAD_REGISTRIES_CONF", hint: "man containers-registries.conf" });
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    // Its message goes on with a picture of the place.
    throw bad((error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "");
  }
  const { registry, registries } = value as Record<string, unknown>;
  if (registries !== undefined)
    throw bad("it is of version 1 (a table [registries]); expected version 2, [[registry]]");
  return tables(registry, "registry", bad).map((table, index) => rule(table, `registry ${index + 1}`, bad));
}

type Table = Record<string, unknown>;
type Complaint = (why: string) => MydockerError;

function rule(table: Table, what: string, bad: Complaint): RegistryRule {
  const location = text(table, "location", what, bad);
  const prefix = text(table, "prefix", what, bad) ?? location;
  if (prefix === undefined) throw bad(`${what} has neither a prefix nor a location`);
  const byDigest = flag(table, "mirror-by-digest-only", what, bad);
  const mirrors = tables(table.mirror, `${what}: mirror`, bad).map((each, index): Mirror => {
    const name = `${what}: mirror ${index + 1}`;
    const place = text(each, "location", name, bad);
    if (place === undefined) throw bad(`${name} has no location`);
    const from = text(each, "pull-from-mirror", name, bad) ?? (byDigest ? "digest-only" : "all");
    if (from !== "all" && from !== "digest-only" && from !== "tag-only") {
      throw bad(`${name}: pull-from-mirror: expected all, digest-only or tag-only`);
    }
    return { location: place, insecure: flag(each, "insecure", name, bad), from };
  });
  return {
    prefix,
    ...(location === undefined ? {} : { location }),
    insecure: flag(table, "insecure", what, bad),
    blocked: flag(table, "blocked", what, bad),
    mirrors,
  };
}

function tables(value: unknown, what: string, bad: Complaint): Table[] {
  if (value === undefined) return [];
  const isTable = (each: unknown): each is Table => typeof each === "object" && each !== null && !Array.isArray(each);
  if (Array.isArray(value) && value.every(isTable)) return value;
  throw bad(`${what}: expected tables`);
}

function text(table: Table, key: string, what: string, bad: Complaint): string | undefined {
  const value = table[key];
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw bad(`${what}: ${key}: expected a text`);
  // As containers/image: a slash at the end means nothing.
  return value.replace(/\/+$/, "");
}

function flag(table: Table, key: string, what: string, bad: Complaint): boolean {
  const value = table[key] ?? false;
  if (typeof value !== "boolean") throw bad(`${what}: ${key}: expected true or false`);
  return value;
}
