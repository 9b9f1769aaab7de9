import { usageError } from "@mydocker/stage";

/** An image's name, complete: what docker calls a normalised reference. */
export interface Reference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`. */
  registry: string;
  /** `library/busybox`. */
  repository: string;
  /** Present unless there is a digest. */
  tag?: string;
  /** `sha256:…`; what it names never changes. */
  digest?: string;
}

/** distribution/reference: names have 255 characters at most, the registry included. */
const MAXIMUM_NAME = 255;

const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/;
const SHA256 = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads an image reference as docker does: `busybox` is docker.io/library/busybox:latest; the first component is a registry
 * when it has a dot or a colon, is `localhost`, or has an upper-case letter. A digest overrules a tag beside it.
 *
 * @throws MydockerError `USAGE`, with what was expected
 */
export function parseReference(text: string): Reference {
  const fail = (why: string): never => {
    throw usageError(`image reference ${JSON.stringify(text.slice(0, 120))}: ${why}`, "NAME[:TAG|@sha256:DIGEST]");
  };
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0) fail("more than one @");
  if (digest !== undefined && !SHA256.test(digest)) fail("expected sha256: and 64 hex digits behind the @");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) fail("a tag has 1 to 128 of a-z A-Z 0-9 _ . - and starts with none of . -");
  // 64 hex digits are an image's id: as a name they could never be told from one.
  if (/^[0-9a-f]{64}$/.test(name)) fail("64 hex digits are an id, not a name");
  const { registry, repository } = splitRegistry(name);
  if (!HOST.test(registry)) fail(`"${registry}" is not a registry's host[:port]`);
  if (repository !== repository.toLowerCase()) fail("a repository's name must be lower case");
  if (!repository.split("/").every((component) => COMPONENT.test(component))) {
    fail("a repository's name is a-z 0-9, with . _ __ - or / in between");
  }
  if (registry.length + 1 + repository.length > MAXIMUM_NAME)
    fail(`the name is longer than ${MAXIMUM_NAME} characters`);
  return digest === undefined ? { registry, repository, tag: tag ?? "latest" } : { registry, repository, digest };
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const [registry, repository] = isRegistry ? [first, name.slice(slash + 1)] : ["docker.io", name];
  if (registry !== "docker.io" && registry !== "index.docker.io") return { registry, repository };
  return { registry: "docker.io", repository: repository.includes("/") ? repository : `library/${repository}` };
}

/** The complete text: `docker.io/library/busybox:latest`. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
}

/** As docker shows it: `busybox:latest`. */
export function familiarReference(reference: Reference): string {
  return formatReference(reference).replace(/^docker\.io\/(?:library\/(?=[^/]*$))?/, "");
}

/** A registry on this host: docker falls back to plain HTTP there, and nobody can listen in. */
export function isLoopbackRegistry(registry: string): boolean {
  const host = registry.replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
