import { join } from "node:path";
import {
  ANNOTATION,
  type NetworkEndpoint,
  type OciConfig,
  type OciMount,
  type OciNamespace,
  withAnnotations,
} from "@mydocker/oci";
import { CONTAINER_FILE } from "@mydocker/state";

/**
 * What docker sets in every network namespace of a container's own: any user in it may bind port 80 and ping, as neither
 * can harm anybody else there.
 */
const OWN_NETWORK_SYSCTLS = {
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0 2147483647",
};

/**
 * Without an address of IPv6 no IPv6 at all: a link has addresses of its own there, by which neighbours reach what listens on all. With one, no router
 * but the bridge: any neighbour could say that it is one (CVE-2020-13401).
 */
const IPV6_SYSCTLS = {
  absent: { "net.ipv6.conf.default.disable_ipv6": "1", "net.ipv6.conf.eth0.disable_ipv6": "1" },
  present: { "net.ipv6.conf.default.accept_ra": "0", "net.ipv6.conf.eth0.accept_ra": "0" },
};

/** Returns `config` with the endpoint in it: network namespace, its sysctls, and annotation. */
export function withEndpoint(config: OciConfig, endpoint: NetworkEndpoint, hostHasIpv6 = false): OciConfig {
  const others = (config.linux?.namespaces ?? []).filter(({ type }) => type !== "network");
  const own: OciNamespace[] =
    endpoint.network === "host"
      ? []
      : [{ type: "network", ...(endpoint.netns === undefined ? {} : { path: endpoint.netns }) }];
  const ipv6 =
    !hostHasIpv6 || endpoint.address === undefined
      ? {}
      : IPV6_SYSCTLS[endpoint.address6 === undefined ? "absent" : "present"];
  const sysctl =
    endpoint.network === "host" ? {} : { sysctl: { ...OWN_NETWORK_SYSCTLS, ...ipv6, ...config.linux?.sysctl } };
  const changed = { ...config, linux: { ...config.linux, namespaces: [...others, ...own], ...sysctl } };
  return withAnnotations(changed, { [ANNOTATION.network]: JSON.stringify(endpoint) });
}

/** Returns `config` with a hostname, which the files of /etc repeat; only a UTS namespace of its own can have one. */
export function withHostname(config: OciConfig, fallback: string): OciConfig {
  const hasOwn = config.linux?.namespaces?.some(({ type }) => type === "uts") === true;
  if (!hasOwn || (config.hostname !== undefined && config.hostname !== "")) return config;
  return { ...config, hostname: fallback };
}

/**
 * Returns `config` with the host name of those whose network it shares, unless it was given another than the default, and
 * with that in its environment.
 */
export function withSharedHostname(config: OciConfig, id: string, name: string): OciConfig {
  const own = id.slice(0, 12);
  if (config.hostname !== own) return withHostname(config, name);
  const { process } = config;
  const env = process?.env?.map((variable) => (variable === `HOSTNAME=${own}` ? `HOSTNAME=${name}` : variable));
  return {
    ...config,
    hostname: name,
    ...(process === undefined || env === undefined ? {} : { process: { ...process, env } }),
  };
}

/** Returns `config` with the files of /etc bound in, except where the user mounts something there. */
export function withEtcMounts(config: OciConfig, directory: string): OciConfig {
  const mounts = config.mounts ?? [];
  const own = [
    bind(join(directory, CONTAINER_FILE.hosts), "/etc/hosts"),
    bind(join(directory, CONTAINER_FILE.hostname), "/etc/hostname"),
    bind(join(directory, CONTAINER_FILE.resolvConf), "/etc/resolv.conf"),
  ];
  const taken = new Set(mounts.map(({ destination }) => destination));
  return { ...config, mounts: [...mounts, ...own.filter(({ destination }) => !taken.has(destination))] };
}

function bind(source: string, destination: string): OciMount {
  return { destination, type: "bind", source, options: ["rbind", "rprivate"] };
}
