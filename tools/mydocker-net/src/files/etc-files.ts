import { rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ANNOTATION, getAnnotation, type OciConfig } from "@mydocker/oci";
import { MydockerError, unlessErrno, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, readTextIfExists, writeFileAtomic } from "@mydocker/state";
import { withoutPrefix } from "../ports/port-spec.ts";
import type { DnsRequest } from "./dns-flags.ts";
import { renderHosts } from "./hosts.ts";
import { changeResolvConf, filterResolvConf, isResolvedStub, RESOLVED_UPSTREAM } from "./resolv-conf.ts";

/** What becomes /etc/hosts, /etc/hostname and /etc/resolv.conf. */
export interface EtcFiles {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

/** What the files are made from, besides the config. */
export interface EtcFacts {
  /** With prefix length; absent without a network. */
  address?: string;
  dns: DnsRequest;
  /** The network's name server, where it has one. */
  nameServer?: string;
  /** Where `host-gateway` is. */
  host?: string;
}

/** The files of a container with its own network. */
export function ownFiles(config: OciConfig, { address, dns, nameServer, host }: EtcFacts): EtcFiles {
  const name = config.hostname ?? "";
  const domain = config.domainname === undefined ? {} : { domainname: config.domainname };
  const self = address === undefined ? undefined : { address: withoutPrefix(address), hostname: name, ...domain };
  const ours = filterResolvConf(readHostResolvConf());
  const named =
    nameServer === undefined ? ours : changeResolvConf(ours, { servers: [nameServer], options: NAME_OPTIONS });
  return {
    hosts: renderHosts(self, addedHosts(dns, host)),
    hostname: `${name}\n`,
    resolvConf: changeResolvConf(named, dns),
  };
}

/** docker's: a name with a dot in it is asked for as it is, first. */
const NAME_OPTIONS = ["ndots:0"];

/** The files of a container that shares the host's network: the host's. */
export function hostFiles(config: OciConfig, dns: DnsRequest): EtcFiles {
  const added = addedHosts(dns, "127.0.0.1").map(({ name, address }) => `${address}\t${name}\n`);
  return {
    hosts: `${readTextIfExists("/etc/hosts") ?? renderHosts()}${added.join("")}`,
    hostname: `${config.hostname ?? hostname()}\n`,
    resolvConf: changeResolvConf(readTextIfExists("/etc/resolv.conf") ?? "", dns),
  };
}

function addedHosts({ hosts }: DnsRequest, host: string | undefined): { name: string; address: string }[] {
  return hosts.map(({ name, address }) => {
    if (address !== "host-gateway") return { name, address };
    if (host !== undefined) return { name, address: host };
    throw usageError(`--add-host ${name}:host-gateway: without a network there is no way to the host`);
  });
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
