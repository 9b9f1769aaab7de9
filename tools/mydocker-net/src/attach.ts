import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { ANNOTATION, getAnnotation, type NetworkEndpoint, type OciConfig, withStage } from "@mydocker/oci";
import { CONFIG_FLAG, defineCommand, runFilter, usageError, warn, withInverseHook } from "@mydocker/stage";
import { type HostPaths, hostPaths, parseFirewall } from "@mydocker/state";
import { ADDRESS_FLAGS, parseWanted, refuseAddresses } from "./address-flags.ts";
import { withEndpoint, withEtcMounts, withHostname, withSharedHostname } from "./config-network.ts";
import { buildEndpoint, type EndpointRequest } from "./endpoint/build.ts";
import { endpointNames } from "./endpoint/names.ts";
import { DNS_FLAGS, type DnsRequest, parseDns } from "./files/dns-flags.ts";
import {
  type EtcFiles,
  filesDirectory,
  hostFiles,
  ownFiles,
  removeEtcFiles,
  writeEtcFiles,
} from "./files/etc-files.ts";
import { joinContainer } from "./join-container.ts";
import { parseRates } from "./link/rate-spec.ts";
import { checkAlias, namesOf } from "./names/names-of.ts";
import { mayHaveNames, type NetworkChoice, parseNetwork } from "./network-choice.ts";
import { type PortRequest, parsePorts } from "./ports/port-spec.ts";

export const command = defineCommand({
  summary: "Give a container its network: reads an OCI config, writes it with the network in it",
  usage: "[OPTIONS]",
  examples: [
    "mydocker-image bundle busybox -- httpd -f | mydocker-net attach -p 8080:80 | mydocker-init run",
    "mydocker-net attach --config config.json --network none > with-network.json",
  ],
  flags: {
    ...CONFIG_FLAG,
    network: {
      type: "string",
      value: "NAME|host|none|container:NAME",
      description: "Network to connect to (default: the bridge)",
    },
    ...ADDRESS_FLAGS,
    "network-alias": { type: "list", value: "NAME", description: "One more name of the container on its network" },
    ...DNS_FLAGS,
    publish: {
      type: "list",
      short: "p",
      value: "[IP:][HOSTPORT:]PORT[/udp]",
      description: "Make a port of the container reachable through the host",
    },
    "publish-all": {
      type: "boolean",
      short: "P",
      description: "Publish every exposed port, on a free one of the host",
    },
    "network-rate": {
      type: "string",
      value: "RATE|in=RATE,out=RATE",
      description: "How fast the container's interface may be: 10mbit",
    },
    firewall: {
      type: "string",
      value: "nft|iptables",
      description: "What puts the rules of all networks into the kernel (default: nft where there is one)",
    },
    "dry-run": { type: "boolean", description: "Print what would be done, and do nothing" },
  },
  args: { min: 0, max: 0 },
  run: async ({ flags }) => {
    if (flags["dry-run"]) {
      parseDns(flags);
      flags["network-alias"].forEach(checkAlias);
      if (flags["network-rate"] !== undefined) parseRates(flags["network-rate"]);
      const { printAttach } = await import("./dry-run.ts");
      return printAttach(attachPaths(flags.firewall), flags.config, flags.network, flags.publish);
    }
    // Before stdin is read: what serves names needs more than what runs in a hurry has (hurried-verbs.ts).
    if (mayHaveNames(hostPaths(), flags.network)) await import("./names/serve-names.ts");
    // Flags are judged inside the filter: what the stages before this one made is undone for a bad flag too.
    return runFilter(flags.config, async (config, id) => {
      const paths = attachPaths(flags.firewall);
      const choice = parseNetwork(paths, flags.network);
      const asked = parsePorts(flags.publish);
      const ports = flags["publish-all"] ? [...asked, ...unpublished(config, asked)] : asked;
      const dns = parseDns(flags);
      const rates = flags["network-rate"] === undefined ? {} : { rates: parseRates(flags["network-rate"]) };
      if (choice.kind === "network") {
        if (choice.network.parent !== undefined)
          refuseOnMacvlan(choice.network.name, ports.length > 0, rates.rates !== undefined);
        const names = chooseNames(config, id, choice, flags["network-alias"]);
        const request = {
          id,
          network: choice.network,
          ports,
          ...parseWanted(choice.network, flags),
          ...names,
          ...rates,
        };
        return attachToNetwork(paths, config, request, dns);
      }
      const what = choice.kind === "container" ? "container:…" : choice.kind;
      refuseAddresses(what, flags);
      if (choice.kind === "container" && ports.length > 0) {
        throw usageError("-p: a container that shares another's network cannot publish ports", "-p for the other one");
      }
      if (ports.length > 0) warn(`-p has no effect with --network ${what}`);
      if (rates.rates !== undefined)
        throw usageError(`--network-rate is for interfaces of a container's own, not for ${what}`);
      if (choice.kind === "container") return joinContainer(paths, config, id, choice.id);
      return choice.kind === "host" ? attachToHost(config, id, dns) : attachToNothing(config, id, dns);
    });
  },
});

/** Exposed ports that nobody publishes by name. */
function unpublished(config: OciConfig, asked: PortRequest[]): PortRequest[] {
  const exposed = (getAnnotation(config, ANNOTATION.exposedPorts) ?? "")
    .split(",")
    .filter((port) => !/^$|\/sctp$/.test(port));
  return parsePorts(exposed).filter(
    ({ containerPort, protocol }) =>
      !asked.some((port) => port.containerPort === containerPort && port.protocol === protocol),
  );
}

/** What takes a link of the host's end, or its rules. @throws MydockerError `USAGE` */
function refuseOnMacvlan(name: string, hasPorts: boolean, hasRates: boolean): void {
  if (hasPorts) throw usageError(`-p: containers of ${name}, a macvlan, are reached by their own addresses`, "no -p");
  if (hasRates) throw usageError(`--network-rate: the host has no link to containers of ${name}, a macvlan`);
}

/** The flag is for this call what MYDOCKER_FIREWALL is for all. */
function attachPaths(firewall: string | undefined): HostPaths {
  return { ...hostPaths(), ...(firewall === undefined ? {} : { firewall: parseFirewall("--firewall", firewall) }) };
}

/** @throws MydockerError for an alias that can be none, or where there is nobody who would answer to it */
function chooseNames(
  config: OciConfig,
  id: string,
  { hasNames }: Extract<NetworkChoice, { kind: "network" }>,
  given: string[],
): { names?: string[] } {
  const aliases = given.map(checkAlias);
  if (hasNames) return { names: namesOf({ id, name: getAnnotation(config, ANNOTATION.name), aliases }) };
  if (aliases.length === 0) return {};
  throw usageError("--network-alias: only networks that were created have names", "mydocker network create NAME");
}

async function attachToNetwork(
  paths: HostPaths,
  given: OciConfig,
  request: EndpointRequest,
  dns: DnsRequest,
): Promise<OciConfig> {
  const { id, network, names } = request;
  const { key, netnsPath } = endpointNames(paths, id);
  const config = withHostname(given, shortId(id, key));
  const directory = filesDirectory(config);
  if (names !== undefined && dns.servers.length > 0) warn(`--dns: names of network ${network.name} will not resolve`);
  const claims = await buildEndpoint(paths, request, ({ address, gateway }) => {
    const facts = { address, dns, host: gateway, ...(names === undefined ? {} : { nameServer: gateway }) };
    if (directory !== undefined) writeFiles(directory, ownFiles(config, facts));
  });
  const endpoint: NetworkEndpoint = { network: network.name, netns: netnsPath, ...claims };
  const changed = withEndpoint(withFiles(config, directory), endpoint, existsSync("/proc/sys/net/ipv6"));
  return withInverseHook(withStage(changed, "mydocker-net"), "mydocker-net");
}

/** The container's namespace stays empty but for its loopback; nothing is made that would have to be undone. */
function attachToNothing(given: OciConfig, id: string, dns: DnsRequest): OciConfig {
  const config = withHostname(given, id.slice(0, 12));
  const directory = filesDirectory(config);
  if (directory !== undefined) writeFiles(directory, ownFiles(config, { dns }));
  return withEndpoint(withFiles(config, directory), { network: "none" });
}

function attachToHost(given: OciConfig, id: string, dns: DnsRequest): OciConfig {
  const config = withSharedHostname(given, id, hostname());
  const directory = filesDirectory(config);
  if (directory !== undefined) writeFiles(directory, hostFiles(config, dns));
  return withEndpoint(withFiles(config, directory), { network: "host" });
}

function withFiles(config: OciConfig, directory: string | undefined): OciConfig {
  return directory === undefined ? config : withEtcMounts(config, directory);
}

function writeFiles(directory: string, files: EtcFiles): void {
  try {
    writeEtcFiles(directory, files);
  } catch (error) {
    removeEtcFiles(directory);
    throw error;
  }
}

/** docker's default hostname. */
function shortId(id: string, key: string): string {
  return id.startsWith(key) ? key : id;
}
