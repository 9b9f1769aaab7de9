import { usageError } from "@mydocker/stage";

/** What a container is called on a network: its name, its short id, and what else was asked for. */
export function namesOf({ id, name, aliases }: { id: string; name?: string | undefined; aliases: string[] }): string[] {
  return [...new Set([...(name === undefined ? [] : [name]), id.slice(0, 12), ...aliases])];
}

/** @throws MydockerError `USAGE` for what can be no name (RFC 1123, and the underscore that people use) */
export function checkAlias(alias: string): string {
  if (/^(?=.{1,253}$)\w[\w-]{0,62}(\.\w[\w-]{0,62})*$/.test(alias)) return alias;
  throw usageError(`network alias ${JSON.stringify(alias)}: expected letters, digits, "_", "-" and "."`);
}
