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
  const ours: CniAddress = { address: made.address, gateway: made.gateway, interface: first + 2 };
  return {
    cniVersion: config.cniVersion,
    interfaces: [
      ...(before?.interfaces ?? []),
      ...[made.bridge, made.link, made.inside].map((link) => withoutMtu(config.cniVersion, link)),
    ],
    ips: [...(before?.ips ?? []), config.cniVersion === "0.4.0" ? { version: "4", ...ours } : ours],
    routes: [
      ...(before?.routes ?? []),
      ...made.routes.map(({ destination, gateway }) => ({ dst: destination, gw: gateway })),
    ],
    dns: chooseDns(config, { ...before?.dns, ...dns }),
  };
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
