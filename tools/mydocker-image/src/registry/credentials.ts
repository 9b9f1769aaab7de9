import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { errnoOf, MydockerError } from "@mydocker/stage";
import { readTextIfExists } from "@mydocker/state";

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
/** What a helper says where it has nothing. */
const NOT_FOUND = /credentials not found/;

/** As docker and podman have them: the first file that knows the registry. */
export function findCredentials(registry: string, env: NodeJS.ProcessEnv = process.env): Credentials | undefined {
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = env;
  const home = env.HOME ?? homedir();
  const files = [
    ...(REGISTRY_AUTH_FILE === undefined ? [] : [REGISTRY_AUTH_FILE]),
    join(DOCKER_CONFIG ?? join(home, ".docker"), "config.json"),
    join(
      XDG_RUNTIME_DIR ?? `/run/containers/${process.getuid?.() ?? 0}`,
      XDG_RUNTIME_DIR ? "containers" : "",
      "auth.json",
    ),
    join(home, ".config/containers/auth.json"),
  ];
  for (const path of files) {
    const text = readTextIfExists(path);
    const found = text === undefined ? undefined : credentialsIn(parseAuthFile(text, path), registry, path);
    if (found !== undefined) return found;
  }
  return undefined;
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

/** A helper for that very registry comes before the store for all, and that before what is in the file. */
function credentialsIn(file: AuthFile, registry: string, path: string): Credentials | undefined {
  const keys =
    registry === "docker.io" ? [DOCKER_HUB, "docker.io", "index.docker.io"] : [registry, `https://${registry}`];
  const helper = keys.map((key) => file.credHelpers[key]).find((name) => name !== undefined) ?? file.credsStore;
  const server = registry === "docker.io" ? DOCKER_HUB : registry;
  const helped = helper === undefined ? undefined : askHelper(helper, server);
  if (helped !== undefined) return helped;
  const entry = keys.map((key) => file.auths[key]).find((auth) => auth !== undefined);
  if (entry === undefined) return undefined;
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

/** @returns undefined where the helper knows of none */
function askHelper(name: string, server: string): Credentials | undefined {
  // It becomes part of a program's name.
  if (!/^[\w.-]{1,64}$/.test(name)) throw helperFailed(name, server, "it is not the name of a credential helper");
  const { status, stdout, stderr, error } = spawnSync(`docker-credential-${name}`, ["get"], {
    input: server,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (error !== undefined) {
    const isMissing = errnoOf(error) === "ENOENT";
    throw helperFailed(name, server, isMissing ? "it is not installed, or not in PATH" : error.message);
  }
  if (status !== 0) {
    const said = `${stdout} ${stderr}`.trim();
    if (NOT_FOUND.test(said)) return undefined;
    throw helperFailed(name, server, said === "" ? `it ended with ${status}` : said);
  }
  try {
    const { Username, Secret } = JSON.parse(stdout) as { Username?: unknown; Secret?: unknown };
    if (typeof Username === "string" && typeof Secret === "string") {
      const token = Username === "<token>" ? { identityToken: Secret } : {};
      return { user: Username, password: Secret, ...token };
    }
  } catch {}
  throw helperFailed(name, server, "its answer is not what one is");
}

function helperFailed(name: string, server: string, why: string): MydockerError {
  return new MydockerError(`credential helper docker-credential-${name}, for ${server}: ${why}`, {
    code: "CREDENTIAL_HELPER",
    hint: "install the helper, or take it out of docker's config.json",
  });
}

function badFile(path: string, why: string): MydockerError {
  return new MydockerError(`${path}: ${why}`, { code: "BAD_AUTH_FILE", hint: "docker login, or skopeo login" });
}
