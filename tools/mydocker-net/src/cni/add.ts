import { readFileSync } from "node:fs";
import { hostPaths } from "@mydocker/state";
import { buildEndpoint, describeLink } from "../endpoint/build.ts";
import { checkAlias } from "../names/names-of.ts";
import { parseBandwidth } from "./bandwidth.ts";
import { chooseNetwork, ipamPlugin } from "./choose-network.ts";
import type { CniInterface, CniResult } from "./cni-types.ts";
import { delegate } from "./delegate.ts";
import { attachmentOf, endpointId } from "./endpoint-of-call.ts";
import type { CniCall } from "./parse-call.ts";
import { parsePortMappings } from "./port-mappings.ts";
import { renderResult } from "./result.ts";

/** ADD: an endpoint on the configuration's network, in the caller's namespace. */
export async function add(call: CniCall): Promise<CniResult> {
  const plugin = ipamPlugin(call.config);
  const given = plugin === undefined ? undefined : await delegate(plugin, call);
  try {
    return await build(call, given);
  } catch (error) {
    // SPEC.md section 4: what the delegate gave is given back; the reason to report is the first one.
    if (plugin !== undefined) await delegate(plugin, { ...call, command: "DEL" }).catch(() => {});
    throw error;
  }
}

async function build(call: CniCall, given: CniResult | undefined): Promise<CniResult> {
  const { config, netns = "" } = call;
  const paths = hostPaths();
  const place = chooseNetwork(paths, call, given);
  const attachment = attachmentOf(call);
  const hasIpv6 = place.network.subnet6 !== undefined;
  const ports = parsePortMappings(config.runtimeConfig?.portMappings ?? [], hasIpv6);
  const rates = parseBandwidth(config.runtimeConfig?.bandwidth ?? {});
  const names = config.runtimeConfig?.aliases?.map(checkAlias) ?? [];
  const request = {
    ...{ id: endpointId(attachment), ports, rates, ...place },
    sandbox: { netns, ifname: call.ifname, attachment },
    ...(names.length === 0 ? {} : { names }),
  };
  const claims = await buildEndpoint(paths, request);
  const { bridge, link, ifname, routes } = describeLink(paths, request, claims);
  const outside = describeInterface(link);
  const inside = { ...outside, name: ifname, mac: claims.mac, sandbox: netns };
  const made = { bridge: describeInterface(bridge), link: outside, inside, routes, ...claims };
  // Who has a name asks where names are known.
  const dns = names.length === 0 ? given?.dns : { nameservers: [claims.gateway], ...given?.dns };
  return renderResult(config, made, dns);
}

/** Of the host. The two ends of a veth have the same MTU. */
function describeInterface(name: string): CniInterface {
  const read = (file: string) => readFileSync(`/sys/class/net/${name}/${file}`, "utf8").trim();
  return { name, mac: read("address"), mtu: Number(read("mtu")) };
}
