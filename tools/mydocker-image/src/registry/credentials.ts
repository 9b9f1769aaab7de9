import { homedir } from "node:os";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { readTextIfExists } from "@mydocker/state";
import { CredentialHelper } from "./credential-helper.ts";

export interface Credentials {
  user: string;
  password: string;
  /** An OAuth2 refresh token, in place of a password. */
  identityToken?: string;
}

/** The part of docker's config.json, and of containers' auth.json, that is about registries. */
export interface AuthFile {
  auths: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;
  credHelpers: Record<string, string>;
  credsStore: string | undefined;
}

const DOCKER_HUB = "https://index.docker.io/v1/";

/** As docker and podman have them: the first file that knows the registry. */
export function findCredentials(registry: string, env: NodeJS.ProcessEnv = process.env): Credentials | undefined {
  const { XDG_RUNTIME_DIR } = env;
  const files = [
    ownAuthFile(env),
    dockerConfigFile(env),
    join(
      XDG_RUNTIME_DIR ?? `/run/containers/${process.getuid?.() ?? 0}`,
      XDG_RUNTIME_DIR ? "containers" : "",
      "auth.json",
    ),
    join(env.HOME ?? homedir(), ".config/containers/auth.json"),
  ];
  for (const path of new Set(files)) {
    const text = readTextIfExists(path);
    const found = text === undefined ? undefined : credentialsIn(parseAuthFile(text, path), registry, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The one that is looked at first, which is where a login is written to: `$REGISTRY_AUTH_FILE`, or docker's config.json. */
export function ownAuthFile(env: NodeJS.ProcessEnv = process.env): string {
  const { REGISTRY_AUTH_FILE: told } = env;
  return told === undefined || told === "" ? dockerConfigFile(env) : told;
}

function dockerConfigFile({ DOCKER_CONFIG, HOME }: NodeJS.ProcessEnv): string {
  return join(DOCKER_CONFIG ?? join(HOME ?? homedir(), ".docker"), "config.json");
}

/** What a registry is called in such a file: the name that is written first, and others that are read. */
export function serverNames(registry: string): [string, ...string[]] {
  return registry === "docker.io" ? [DOCKER_HUB, "docker.io", "index.docker.io"] : [registry, `https://${registry}`];
}

/** A helper for that very registry comes before the store for all. */
export function helperFor(file: AuthFile, registry: string): CredentialHelper | undefined {
  const names = serverNames(registry);
  const name = names.map((key) => file.credHelpers[key]).find((helper) => helper !== undefined) ?? file.credsStore;
  return name === undefined ? undefined : new CredentialHelper(name, names[0]);
}

export function parseAuthFile(text: string, path: string): AuthFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badFile(path, "it is not JSON");
  }
  if (typeof value !== "object" || value === null) throw badFile(path, "it is not an object");
  const { auths = {}, credHelpers = {}, credsStore } = value as Partial<AuthFile>;
  return { auths: auths ?? {}, credHelpers: credHelpers ?? {}, credsStore: credsStore === "" ? undefined : credsStore };
}

/** Helpers come before what is in the file. */
function credentialsIn(file: AuthFile, registry: string, path: string): Credentials | undefined {
  const helped = helperFor(file, registry)?.get();
  if (helped !== undefined) {
    const { user, secret } = helped;
    return { user, password: secret, ...(user === "<token>" ? { identityToken: secret } : {}) };
  }
  const entry = serverNames(registry)
    .map((key) => file.auths[key])
    .find((auth) => auth !== undefined);
  // docker writes an empty one beside what a helper has.
  if (entry === undefined || Object.keys(entry).length === 0) return undefined;
  const [user, password] = decode(entry, path, registry);
  if (entry.identitytoken) return { user, password, identityToken: entry.identitytoken };
  return user === "" ? undefined : { user, password };
}

function decode(entry: AuthFile["auths"][string], path: string, registry: string): [string, string] {
  if (entry.auth === undefined || entry.auth === "") return [entry.username ?? "", entry.password ?? ""];
  const text = Buffer.from(entry.auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  if (colon < 1) throw badFile(path, `what it has for ${registry} is not a user and a password`);
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function badFile(path: string, why: string): MydockerError {
  return new MydockerError(`${path}: ${why}`, { code: "BAD_AUTH_FILE", hint: "mydocker login" });
}
