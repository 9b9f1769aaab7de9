import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { readTextIfExists, writeFileAtomic } from "@mydocker/state";
import { RegistryClient, type RegistryOptions } from "./client.ts";
import { type Credentials, helperFor, ownAuthFile, parseAuthFile, serverNames } from "./credentials.ts";
import { registryPlace } from "./places.ts";
import { readRegistriesConf } from "./read-registries-conf.ts";

/**
 * Asks a registry whether it knows somebody (distribution-spec, `GET /v2/`).
 *
 * @throws MydockerError `ACCESS_DENIED` where it does not
 */
export async function checkLogin(registry: string, credentials: Credentials, options: RegistryOptions): Promise<void> {
  const place = registryPlace(registry, readRegistriesConf());
  const client = new RegistryClient(place, options, { actions: "pull", credentials });
  try {
    const answer = await client.request("login", await client.resolve("v2/"), [200]);
    answer.discard();
  } catch (error) {
    if (!(error instanceof MydockerError) || error.code !== "ACCESS_DENIED") throw error;
    throw new MydockerError(`registry ${registry}: unauthorized: incorrect username or password`, {
      code: "ACCESS_DENIED",
    });
  }
}

/** Where a login is now: in the file itself, as it can be read by whoever reads the file, or with a helper. */
export type Kept = { path: string; by: "file" | "helper" };

/** Keeps a login, as docker does: by the credential helper that config.json names, or in that file. */
export function keepLogin(registry: string, { user, password }: Credentials): Kept {
  const path = ownAuthFile();
  const [server] = serverNames(registry);
  const helper = helperFor(parseAuthFile(readTextIfExists(path) ?? "{}", path), registry);
  helper?.store(user, password);
  // Beside a helper an empty one: it tells what there are logins for.
  const auth = helper === undefined ? { auth: Buffer.from(`${user}:${password}`, "utf8").toString("base64") } : {};
  changeAuths(path, (auths) => {
    auths[server] = auth;
  });
  return { path, by: helper === undefined ? "file" : "helper" };
}

/** @returns whether there was one */
export function forgetLogin(registry: string): boolean {
  const path = ownAuthFile();
  const text = readTextIfExists(path);
  if (text === undefined) return false;
  const file = parseAuthFile(text, path);
  const names = serverNames(registry).filter((name) => name in file.auths);
  const helper = helperFor(file, registry);
  const isHelped = helper?.get() !== undefined;
  if (isHelped) helper?.erase();
  if (names.length === 0) return isHelped;
  changeAuths(path, (auths) => {
    for (const name of names) delete auths[name];
  });
  return true;
}

/** All else that is in the file stays as it is. */
function changeAuths(path: string, change: (auths: Record<string, object>) => void): void {
  const value = JSON.parse(readTextIfExists(path) ?? "{}") as { auths?: Record<string, object> | null };
  const auths = { ...value.auths };
  change(auths);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // It may be a link into somebody's collection of settings, which is to stay one.
  const target = existsSync(path) ? realpathSync(path) : path;
  writeFileAtomic(target, `${JSON.stringify({ ...value, auths }, undefined, "\t")}\n`, { mode: 0o600, durable: true });
}
