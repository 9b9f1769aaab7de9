import { join } from "node:path";
import { ANNOTATION, type NetworkEndpoint, type OciConfig } from "@mydocker/oci";
import { BIN } from "@mydocker/testing";
import type { EngineHost } from "../../interop/support/engine-host.ts";

/** What mydocker-net is called with on a host of its own. */
export interface NetworkHost {
  host: EngineHost;
  env: Record<string, string>;
}

const MYDOCKER_NET = join(BIN, "mydocker-net");

/** The host's addresses towards what plays the outside, and the outside's own. */
export const UPLINK = { 4: "10.214.0.1", 6: "fd00:214::1" } as const;
export const OUTSIDE = { 4: "10.214.0.2", 6: "fd00:214::2" } as const;

/** Another machine: a namespace behind a veth that is on no bridge, with its way to everywhere through the host. */
export async function makeOutside({ host }: NetworkHost): Promise<void> {
  await host.require([
    "sh",
    "-euc",
    `ip netns add outside
    ip link add uplink type veth peer name eth0 netns outside
    ip addr add ${UPLINK[4]}/24 dev uplink; ip addr add ${UPLINK[6]}/64 dev uplink nodad; ip link set uplink up
    ip -n outside link set lo up; ip -n outside link set eth0 up
    ip -n outside addr add ${OUTSIDE[4]}/24 dev eth0; ip -n outside addr add ${OUTSIDE[6]}/64 dev eth0 nodad
    ip -n outside route add default via ${UPLINK[4]}; ip -n outside -6 route add default via ${UPLINK[6]}`,
  ]);
}

/** Attaches a container that is nothing but its namespace. */
export async function attach({ host, env }: NetworkHost, id: string, ...flags: string[]): Promise<NetworkEndpoint> {
  const config: OciConfig = {
    ociVersion: "1.2.0",
    linux: { namespaces: [{ type: "network" }] },
    annotations: { [ANNOTATION.id]: id },
  };
  const { code, stdout, stderr } = await host.run([MYDOCKER_NET, "attach", ...flags], {
    env,
    input: JSON.stringify(config),
  });
  if (code !== 0) throw new Error(stderr);
  const made = JSON.parse(stdout) as OciConfig;
  return JSON.parse(made.annotations?.[ANNOTATION.network] ?? "") as NetworkEndpoint;
}

/** A namespace on another network, made by CNI. */
export async function addByCni({ host, env }: NetworkHost, network: string, subnets: string[], namespace: string) {
  await host.require(["ip", "netns", "add", namespace]);
  const configuration = {
    cniVersion: "1.1.0",
    name: network,
    type: "mydocker-net",
    ipMasq: true,
    isolate: true,
    ipam: { ranges: subnets.map((subnet) => [{ subnet }]) },
  };
  const call = {
    CNI_COMMAND: "ADD",
    CNI_CONTAINERID: namespace,
    CNI_NETNS: `/run/netns/${namespace}`,
    CNI_IFNAME: "eth0",
    CNI_PATH: BIN,
  };
  const { code, stdout } = await host.run([MYDOCKER_NET], {
    env: { ...env, ...call },
    input: JSON.stringify(configuration),
  });
  if (code !== 0) throw new Error(stdout);
}

/** One of the tool's other verbs, which has to succeed. @returns stdout */
export async function net({ host, env }: NetworkHost, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await host.run([MYDOCKER_NET, ...args], { env });
  if (code !== 0 || stderr !== "") throw new Error(`mydocker-net ${args.join(" ")}: ${code}: ${stderr}`);
  return stdout;
}

/** The name of a container's namespace. */
export function namespaceOf({ netns = "" }: NetworkEndpoint): string {
  return netns.replace("/run/netns/", "");
}

/** `172.29.0.2/16` without `/16`. */
export function bare(address = ""): string {
  return address.replace(/\/\d+$/, "");
}
