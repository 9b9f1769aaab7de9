import { rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ANNOTATION, getAnnotation, type OciConfig } from "@mydocker/oci";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import { CONTAINER_FILE, readTextIfExists, writeFileAtomic } from "@mydocker/state";
import { renderHosts } from "./hosts.ts";
import { filterResolvConf, isResolvedStub, RESOLVED_UPSTREAM } from "./resolv-conf.ts";

/** What becomes /etc/hosts, /etc/hostname and /etc/resolv.conf. */
export interface EtcFiles {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

/** The files of a container with its own network. @param address with prefix length; absent without a network */
export function ownFiles(config: OciConfig, address?: string): EtcFiles {
  const name = config.hostname ?? "";
  const domain = config.domainname === undefined ? {} : { domainname: config.domainname };
  const self =
    address === undefined ? undefined : { address: address.replace(/\/\d+$/, ""), hostname: name, ...domain };
  return { hosts: renderHosts(self), hostname: `${name}\n`, resolvConf: filterResolvConf(readHostResolvConf()) };
}

/** The files of a container that shares the host's network: the host's. */
export function hostFiles(config: OciConfig): EtcFiles {
  return {
    hosts: readTextIfExists("/etc/hosts") ?? renderHosts(),
    hostname: `${config.hostname ?? hostname()}\n`,
    resolvConf: readTextIfExists("/etc/resolv.conf") ?? "",
  };
}

/** The container's directory, or undefined for a bundle that mydocker keeps no record of. @throws MydockerError */
export function filesDirectory(config: OciConfig): string | undefined {
  const directory = getAnnotation(config, ANNOTATION.container);
  if (directory === undefined) return undefined;
  const stat = directory.startsWith("/") ? unlessErrno(["ENOENT", "ENOTDIR"], () => statSync(directory)) : undefined;
  if (stat?.isDirectory() === true) return directory;
  throw new MydockerError(`annotation ${ANNOTATION.container}: "${directory}" is not a directory`, {
    code: "BAD_CONFIG",
    hint: "an absolute path that exists, or leave the annotation away",
  });
}

/** Readable for every user in the container, who reads them through the bind mount. */
export function writeEtcFiles(directory: string, files: EtcFiles): void {
  writeFileAtomic(join(directory, CONTAINER_FILE.hosts), files.hosts, { mode: 0o644 });
  writeFileAtomic(join(directory, CONTAINER_FILE.hostname), files.hostname, { mode: 0o644 });
  writeFileAtomic(join(directory, CONTAINER_FILE.resolvConf), files.resolvConf, { mode: 0o644 });
}

export function removeEtcFiles(directory: string): void {
  for (const name of [CONTAINER_FILE.hosts, CONTAINER_FILE.hostname, CONTAINER_FILE.resolvConf]) {
    rmSync(join(directory, name), { force: true });
  }
}

function readHostResolvConf(): string {
  const text = readTextIfExists("/etc/resolv.conf") ?? "";
  return isResolvedStub(text) ? (readTextIfExists(RESOLVED_UPSTREAM) ?? text) : text;
}
