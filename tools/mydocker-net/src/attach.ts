import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { type NetworkEndpoint, type OciConfig, withStage } from "@mydocker/oci";
import { CONFIG_FLAG, defineCommand, runFilter, usageError, warn, withInverseHook } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { ADDRESS_FLAGS, parseWanted, refuseAddresses } from "./address-flags.ts";
import { withEndpoint, withEtcMounts, withHostname, withSharedHostname } from "./config-network.ts";
import { buildEndpoint, type EndpointRequest } from "./endpoint/build.ts";
import { endpointNames } from "./endpoint/names.ts";
import {
  type EtcFiles,
  filesDirectory,
  hostFiles,
  ownFiles,
  removeEtcFiles,
  writeEtcFiles,
} from "./files/etc-files.ts";
import { joinContainer } from "./join-container.ts";
import { parseNetwork } from "./network-choice.ts";
import { parsePorts } from "./ports/port-spec.ts";

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
    publish: {
      type: "list",
      short: "p",
      value: "[IP:][HOSTPORT:]PORT[/udp]",
      description: "Make a port of the container reachable through the host",
    },
    "dry-run": { type: "boolean", description: "Print what would be done, and do nothing" },
  },
  args: { min: 0, max: 0 },
  run: async ({ flags }) => {
    if (flags["dry-run"]) {
      const { printAttach } = await import("./dry-run.ts");
      return printAttach(flags.config, flags.network, flags.publish);
    }
    // Flags are judged inside the filter: what the stages before this one made is undone for a bad flag too.
    return runFilter(flags.config, async (config, id) => {
      const paths = hostPaths();
      const choice = parseNetwork(paths, flags.network);
      const ports = parsePorts(flags.publish);
      if (choice.kind === "network") {
        const wanted = parseWanted(choice.network, flags);
        return attachToNetwork(paths, config, { id, network: choice.network, ports, ...wanted });
      }
      const what = choice.kind === "container" ? "container:…" : choice.kind;
      refuseAddresses(what, flags);
      if (choice.kind === "container" && ports.length > 0) {
        throw usageError("-p: a container that shares another's network cannot publish ports", "-p for the other one");
      }
      if (ports.length > 0) warn(`-p has no effect with --network ${what}`);
      if (choice.kind === "container") return joinContainer(paths, config, id, choice.id);
      return choice.kind === "host" ? attachToHost(config, id) : attachToNothing(config, id);
    });
  },
});

async function attachToNetwork(paths: HostPaths, given: OciConfig, request: EndpointRequest): Promise<OciConfig> {
  const { id, network } = request;
  const { key, netnsPath } = endpointNames(paths, id);
  const config = withHostname(given, shortId(id, key));
  const directory = filesDirectory(config);
  const claims = await buildEndpoint(paths, request, ({ address }) => {
    if (directory !== undefined) writeFiles(directory, ownFiles(config, address));
  });
  const endpoint: NetworkEndpoint = { network: network.name, netns: netnsPath, ...claims };
  const changed = withEndpoint(withFiles(config, directory), endpoint, existsSync("/proc/sys/net/ipv6"));
  return withInverseHook(withStage(changed, "mydocker-net"), "mydocker-net");
}

/** The container's namespace stays empty but for its loopback; nothing is made that would have to be undone. */
function attachToNothing(given: OciConfig, id: string): OciConfig {
  const config = withHostname(given, id.slice(0, 12));
  const directory = filesDirectory(config);
  if (directory !== undefined) writeFiles(directory, ownFiles(config));
  return withEndpoint(withFiles(config, directory), { network: "none" });
}

function attachToHost(given: OciConfig, id: string): OciConfig {
  const config = withSharedHostname(given, id, hostname());
  const directory = filesDirectory(config);
  if (directory !== undefined) writeFiles(directory, hostFiles(config));
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
