import type { CniAddress, CniConfig, CniDns, CniInterface, CniResult, CniVersion } from "./cni-types.ts";

/** What ADD has made. */
export interface Made {
  bridge: CniInterface;
  link: CniInterface;
  /** In the container. */
  inside: CniInterface;
  /** With prefix length. */
  address: string;
  gateway: string;
  address6?: string;
  gateway6?: string;
  routes: { destination: string; gateway: string }[];
}

/**
 * The result of ADD: what plugins in front of us have made (`prevResult`), and then ours.
 *
 * @param dns what the IPAM plugin said
 */
export function renderResult(config: CniConfig, made: Made, dns: CniDns = {}): CniResult {
  const before = config.prevResult;
  const first = before?.interfaces?.length ?? 0;
  const { address, gateway, address6, gateway6 = "" } = made;
  const ours: CniAddress[] = [
    { version: "4" as const, address, gateway },
    ...(address6 === undefined ? [] : [{ version: "6" as const, address: address6, gateway: gateway6 }]),
  ].map((ip) => ({ ...forVersion(config.cniVersion, ip), interface: first + 2 }));
  return {
    cniVersion: config.cniVersion,
    interfaces: [
      ...(before?.interfaces ?? []),
      ...[made.bridge, made.link, made.inside].map((link) => withoutMtu(config.cniVersion, link)),
    ],
    ips: [...(before?.ips ?? []), ...ours],
    routes: [
      ...(before?.routes ?? []),
      ...made.routes.map(({ destination, gateway }) => ({ dst: destination, gw: gateway })),
    ],
    dns: chooseDns(config, { ...before?.dns, ...dns }),
  };
}

/** Before 1.0.0 an address says of which family it is. */
function forVersion(cniVersion: CniVersion, { version, ...others }: CniAddress): CniAddress {
  return cniVersion === "0.4.0" && version !== undefined ? { version, ...others } : others;
}

/** `mtu` came with 1.1.0. */
function withoutMtu(version: CniVersion, link: CniInterface): CniInterface {
  const { mtu, ...others } = link;
  return version === "1.1.0" && mtu !== undefined ? { ...others, mtu } : others;
}

/** What the runtime asks for this container, or what the configuration has, or what was there. */
function chooseDns({ dns, runtimeConfig }: CniConfig, otherwise: CniDns): CniDns {
  const asked = runtimeConfig?.dns;
  if (asked !== undefined) {
    const { servers: nameservers = [], searches: search = [], options = [] } = asked;
    if (nameservers.length + search.length + options.length > 0) return { nameservers, search, options };
  }
  return dns ?? otherwise;
}
