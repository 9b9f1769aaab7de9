import { type HostPaths, hostPaths } from "@mydocker/state";
import { endpointNames } from "../endpoint/names.ts";
import { type EndpointRecord, readEndpoint } from "../endpoint/record.ts";
import { listInstalled } from "../firewall/table.ts";
import { masterOf } from "../link/links.ts";
import { describeMapping } from "../ports/port-spec.ts";
import { runNow } from "../run-now.ts";
import { ipamPlugin } from "./choose-network.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniResult } from "./cni-types.ts";
import { delegate } from "./delegate.ts";
import { attachmentOf, endpointId } from "./endpoint-of-call.ts";
import type { CniCall } from "./parse-call.ts";

/** CHECK: whether the endpoint is as ADD left it. @throws CniError what is not */
export async function check(call: CniCall): Promise<void> {
  const { config, containerId, ifname, netns = "" } = call;
  const paths = hostPaths();
  if (config.prevResult === undefined) throw new CniError(CNI_CODE.config, "prevResult: missing, and CHECK needs it");
  const id = endpointId(attachmentOf(call));
  const record = readEndpoint(paths, id);
  if (record?.claimed === undefined) {
    throw changed(`container ${containerId} has no endpoint ${ifname} on network ${config.name}`);
  }
  const { link } = endpointNames(paths, id);
  if (masterOf(link) !== record.bridge) throw changed(`link ${link} is not on bridge ${record.bridge}`);
  const { address, address6 } = record.claimed;
  checkInside(netns, ifname, config.prevResult, address6 === undefined ? [address] : [address, address6]);
  checkPorts(paths, record);
  const plugin = ipamPlugin(config);
  if (plugin !== undefined) await delegate(plugin, call);
}

/** Plugins behind us may have added to it. */
function checkInside(netns: string, ifname: string, { ips = [] }: CniResult, claimed: string[]): void {
  const listed = ips.map(({ address }) => address);
  const unlisted = claimed.find((address) => !listed.includes(address));
  if (unlisted !== undefined) throw changed(`prevResult does not have the address ${unlisted}`);
  const present = listAddresses(netns, ifname);
  const lost = claimed.find((address) => !present.includes(address));
  if (lost !== undefined) throw changed(`interface ${ifname} in ${netns} does not have the address ${lost}`);
}

function listAddresses(netns: string, ifname: string): string[] {
  const json = runNow("nsenter", [`--net=${netns}`, "ip", "-j", "address", "show", "dev", ifname], "", (stderr) =>
    stderr.includes("does not exist") ? undefined : `${netns}: ${stderr.trim()}`,
  );
  if (json.trim() === "") return [];
  const links = JSON.parse(json) as { addr_info?: { local: string; prefixlen: number }[] }[];
  return links.flatMap(({ addr_info = [] }) => addr_info).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

function checkPorts(paths: HostPaths, { claimed }: EndpointRecord): void {
  const key = (port: { hostIp: string; hostPort: number; protocol: string }) =>
    `${port.hostIp} ${port.hostPort} ${port.protocol}`;
  const ports = claimed?.ports ?? [];
  const installed = ports.length === 0 ? [] : (listInstalled(paths)?.ports ?? []).map(key);
  const lost = ports.find((port) => !installed.includes(key(port)));
  if (lost !== undefined) throw changed(`the firewall does not have ${describeMapping(lost)}`);
}

function changed(what: string): CniError {
  return new CniError(CNI_CODE.changed, what);
}
