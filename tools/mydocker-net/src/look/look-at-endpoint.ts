import { existsSync, readFileSync } from "node:fs";
import type { PortMapping } from "@mydocker/oci";
import { unlessErrno } from "@mydocker/stage";
import { claimOwner, type HostPaths } from "@mydocker/state";
import { endpointNames } from "../endpoint/names.ts";
import type { EndpointRecord } from "../endpoint/record.ts";
import { listInstalled } from "../firewall/table.ts";
import { masterOf } from "../link/links.ts";
import { listLoopback6, loopback6Ports } from "../ports/loopback6.ts";
import { portClaim } from "../ports/port-claims.ts";
import { describeMapping } from "../ports/port-spec.ts";
import { runNow } from "../run-now.ts";

/** What the kernel has of an endpoint, whatever the record says. */
export interface EndpointInKernel {
  namespace: { path: string; exists: boolean };
  /** The host's end of the veth; absent where there is none. */
  link?: { name: string; bridge: string | undefined; mac: string; mtu: number; statistics: Record<string, number> };
  /** The container's end. */
  interface?: { name: string; state: string; mac: string; addresses: string[]; routes: string[] };
  /** Ports that the firewall has, and whose they are; of one that is to be served at [::1], too, whether it is. */
  ports: { port: string; inFirewall: boolean; atLoopback6?: boolean; claimedBy: string | undefined }[];
}

export function lookAtEndpoint(paths: HostPaths, record: EndpointRecord): EndpointInKernel {
  const { link } = endpointNames(paths, record.id);
  const path = record.netns.startsWith("/") ? record.netns : `/run/netns/${record.netns}`;
  const exists = existsSync(path);
  const outside = lookAtLink(link);
  const inside = exists ? lookInside(path, record.ifname) : undefined;
  return {
    namespace: { path, exists },
    ...(outside === undefined ? {} : { link: outside }),
    ...(inside === undefined ? {} : { interface: inside }),
    ports: lookAtPorts(paths, record),
  };
}

function lookAtLink(name: string): EndpointInKernel["link"] {
  const read = (file: string) =>
    unlessErrno(["ENOENT"], () => readFileSync(`/sys/class/net/${name}/${file}`, "utf8").trim());
  const mac = read("address");
  if (mac === undefined) return undefined;
  const counters = ["rx_bytes", "rx_packets", "rx_dropped", "tx_bytes", "tx_packets", "tx_dropped"];
  const statistics = Object.fromEntries(
    counters.map((counter) => [counter, Number(read(`statistics/${counter}`) ?? 0)]),
  );
  return { name, bridge: masterOf(name), mac, mtu: Number(read("mtu") ?? 0), statistics };
}

interface IpLink {
  operstate: string;
  address: string;
  addr_info?: { local: string; prefixlen: number }[];
}

interface IpRoute {
  dst: string;
  gateway?: string;
}

function lookInside(netns: string, ifname: string): EndpointInKernel["interface"] {
  const ask = (...args: string[]): unknown[] => {
    // A namespace that ends meanwhile, or an interface that is gone, is nothing to see.
    const text = runNow("nsenter", [`--net=${netns}`, "ip", "-j", ...args], "", () => undefined);
    return text.trim() === "" ? [] : (JSON.parse(text) as unknown[]);
  };
  const [link] = ask("address", "show", "dev", ifname) as IpLink[];
  if (link === undefined) return undefined;
  const routes = [...ask("route", "show", "dev", ifname), ...ask("-6", "route", "show", "dev", ifname)] as IpRoute[];
  return {
    name: ifname,
    state: link.operstate,
    mac: link.address,
    addresses: (link.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    routes: routes.map(({ dst, gateway }) => (gateway === undefined ? dst : `${dst} via ${gateway}`)),
  };
}

function lookAtPorts(paths: HostPaths, { id, claimed }: EndpointRecord): EndpointInKernel["ports"] {
  if (claimed === undefined || claimed.ports.length === 0) return [];
  const installed = new Set((listInstalled(paths)?.ports ?? []).map((port) => portClaim(paths, port)));
  const wanted6 = loopback6Ports(paths, id, claimed).map((port) => portClaim(paths, port));
  const installed6 = wanted6.length === 0 ? [] : listLoopback6(paths).map((port) => portClaim(paths, port));
  const atLoopback6 = (port: PortMapping) => {
    const claim6 = portClaim(paths, { ...port, hostIp: "::1" });
    return port.hostIp === "0.0.0.0" && wanted6.includes(claim6) ? { atLoopback6: installed6.includes(claim6) } : {};
  };
  return claimed.ports.map((port) => ({
    port: describeMapping(port),
    inFirewall: installed.has(portClaim(paths, port)),
    ...atLoopback6(port),
    claimedBy: claimOwner(portClaim(paths, port)),
  }));
}
