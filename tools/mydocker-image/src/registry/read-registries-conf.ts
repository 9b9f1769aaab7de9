import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import { readTextIfExists } from "@mydocker/state";
import { parseRegistriesConf, type RegistryRule } from "./registries-conf.ts";

/**
 * What the host's administrator says of registries, where podman and skopeo look for it too: `$CONTAINERS_REGISTRIES_CONF`, else the
 * user's own registries.conf, else the host's; and then the files of `registries.conf.d`, whose rules come later.
 */
export function readRegistriesConf(env: NodeJS.ProcessEnv = process.env): RegistryRule[] {
  return files(env).flatMap((path) => {
    const text = readTextIfExists(path);
    return text === undefined || isEmpty(text) ? [] : parseRegistriesConf(text, path);
  });
}

function files(env: NodeJS.ProcessEnv): string[] {
  const own = join(env.HOME ?? homedir(), ".config/containers");
  const told = env.CONTAINERS_REGISTRIES_CONF;
  if (told !== undefined && told !== "") {
    if (existsSync(told)) return [told];
    throw new MydockerError(`${told}: there is no such file, but CONTAINERS_REGISTRIES_CONF names it`, {
      code: "BAD_REGISTRIES_CONF",
    });
  }
  const [mine, host] = [join(own, "registries.conf"), "/etc/containers/registries.conf"];
  return [existsSync(mine) ? mine : host, ...["/etc/containers", own].flatMap(dropIns)];
}

function dropIns(parent: string): string[] {
  const directory = join(parent, "registries.conf.d");
  const names = unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(directory)) ?? [];
  return names
    .filter((name) => name.endsWith(".conf"))
    .sort()
    .map((name) => join(directory, name));
}

/** Distributions install files of comments and short names alone, which say nothing of registries. */
function isEmpty(text: string): boolean {
  return !/^\s*(?:\[+\s*)?registr/m.test(text);
}
