import { ConfigError } from "@mydocker/oci";
import {
  expectArray,
  expectBoolean,
  expectInteger,
  expectRecord,
  expectString,
  forEach,
  optional,
} from "@mydocker/oci/expect";
import { isLinkName } from "../link/link-name.ts";
import { isNetworkName } from "../network/network-name.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import { CNI_VERSIONS, type CniConfig, type CniVersion } from "./cni-types.ts";

/**
 * Parses a plugin's network configuration. Members that are not ours are let pass.
 *
 * @throws CniError
 */
export function parseConfig(text: string): CniConfig {
  const given = parseJson(text);
  const document: Record<string, unknown> = { ...given, runtimeConfig: withLowerInitials(given.runtimeConfig) };
  const version = document.cniVersion ?? "0.1.0";
  if (!isSupported(version)) {
    throw new CniError(
      CNI_CODE.version,
      `cniVersion ${JSON.stringify(version)} is not supported`,
      `one of ${CNI_VERSIONS.join(", ")}`,
    );
  }
  try {
    checkConfig(document);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CniError(CNI_CODE.config, `network configuration: ${error.message}`);
  }
  const { "cni.dev/valid-attachments": validAttachments } = document;
  return { ...document, ...(validAttachments === undefined ? {} : { validAttachments }) } as unknown as CniConfig;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return expectRecord(JSON.parse(text), "network configuration");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CniError(CNI_CODE.decode, `network configuration on stdin: ${why}`);
  }
}

/** containerd writes `HostPort` for `hostPort`, and so on: plugins in Go do not mind, for encoding/json does not. */
function withLowerInitials(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLowerInitials);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      withLowerInitials(member),
    ]),
  );
}

function isSupported(version: unknown): version is CniVersion {
  return (CNI_VERSIONS as readonly unknown[]).includes(version);
}

function checkConfig(config: Record<string, unknown>): void {
  expectName(config.name, "name");
  optional(config.bridge, "bridge", expectLinkName);
  // IPv4 needs 68 bytes (RFC 791), and a veth carries 65535 at most.
  optional(config.mtu, "mtu", (value, at) => expectInteger(value, at, 0, 65535));
  for (const name of ["ipMasq", "isDefaultGateway", "isolate"]) optional(config[name], name, expectBoolean);
  optional(config.ipam, "ipam", checkIpam);
  optional(config.dns, "dns", (value, at) => checkTexts(value, at, ["nameservers", "search", "options"]));
  optional(config.runtimeConfig, "runtimeConfig", checkRuntimeConfig);
  optional(config.args, "args", (args, at) =>
    optional(expectRecord(args, at).cni, `${at}.cni`, (cni, where) =>
      optional(expectRecord(cni, where).ips, `${where}.ips`, (ips, place) => forEach(ips, place, expectString)),
    ),
  );
  optional(config.prevResult, "prevResult", checkResult);
  optional(config["cni.dev/valid-attachments"], "cni.dev/valid-attachments", (list, at) =>
    forEach(list, at, (entry, where) => {
      const { containerID, ifname } = expectRecord(entry, where);
      expectString(containerID, `${where}.containerID`);
      expectString(ifname, `${where}.ifname`);
    }),
  );
}

function expectName(value: unknown, at: string): void {
  if (isNetworkName(expectString(value, at))) return;
  throw new ConfigError(`${at}: expected 1 to 64 letters, digits, "_", "." or "-", got ${JSON.stringify(value)}`);
}

function expectLinkName(value: unknown, at: string): void {
  if (isLinkName(expectString(value, at))) return;
  throw new ConfigError(`${at}: expected the name of a link, of at most 15 characters, got ${JSON.stringify(value)}`);
}

function checkIpam(value: unknown, at: string): void {
  const ipam = expectRecord(value, at);
  optional(ipam.type, `${at}.type`, (type, where) => {
    if (!/^[\w.-]+$/.test(expectString(type, where))) throw new ConfigError(`${where}: expected the name of a plugin`);
  });
  for (const name of ["subnet", "gateway", "rangeStart", "rangeEnd"])
    optional(ipam[name], `${at}.${name}`, expectString);
  optional(ipam.ranges, `${at}.ranges`, checkRanges);
  optional(ipam.routes, `${at}.routes`, checkRoutes);
}

function checkRanges(value: unknown, at: string): void {
  forEach(value, at, (set, where) =>
    forEach(set, where, (range, place) => {
      const { subnet, gateway, rangeStart, rangeEnd } = expectRecord(range, place);
      expectString(subnet, `${place}.subnet`);
      for (const [name, address] of Object.entries({ gateway, rangeStart, rangeEnd })) {
        optional(address, `${place}.${name}`, expectString);
      }
    }),
  );
}

function checkRoutes(value: unknown, at: string): void {
  forEach(value, at, (entry, where) => {
    const { dst, gw } = expectRecord(entry, where);
    expectString(dst, `${where}.dst`);
    optional(gw, `${where}.gw`, expectString);
  });
}

function checkRuntimeConfig(value: unknown, at: string): void {
  const config = expectRecord(value, at);
  optional(config.portMappings, `${at}.portMappings`, (list, where) => forEach(list, where, checkPortMapping));
  for (const name of ["ips", "aliases"]) {
    optional(config[name], `${at}.${name}`, (list, where) => forEach(list, where, expectString));
  }
  optional(config.mac, `${at}.mac`, expectString);
  optional(config.ipRanges, `${at}.ipRanges`, checkRanges);
  optional(config.dns, `${at}.dns`, (dns, where) => checkTexts(dns, where, ["servers", "searches", "options"]));
  optional(config.bandwidth, `${at}.bandwidth`, (rates, where) => {
    const bandwidth = expectRecord(rates, where);
    for (const name of ["ingressRate", "ingressBurst", "egressRate", "egressBurst"]) {
      optional(bandwidth[name], `${where}.${name}`, (rate, place) =>
        expectInteger(rate, place, 0, Number.MAX_SAFE_INTEGER),
      );
    }
  });
}

function checkPortMapping(value: unknown, at: string): void {
  const { hostPort, containerPort, protocol, hostIP } = expectRecord(value, at);
  expectInteger(hostPort, `${at}.hostPort`, 1, 65535);
  expectInteger(containerPort, `${at}.containerPort`, 1, 65535);
  optional(protocol, `${at}.protocol`, expectString);
  optional(hostIP, `${at}.hostIP`, expectString);
}

function checkResult(value: unknown, at: string): void {
  const { interfaces, ips, routes } = expectRecord(value, at);
  optional(interfaces, `${at}.interfaces`, (list, where) =>
    forEach(list, where, (entry, place) => expectString(expectRecord(entry, place).name, `${place}.name`)),
  );
  optional(ips, `${at}.ips`, (list, where) =>
    forEach(list, where, (entry, place) => expectString(expectRecord(entry, place).address, `${place}.address`)),
  );
  optional(routes, `${at}.routes`, checkRoutes);
}

function checkTexts(value: unknown, at: string, names: string[]): void {
  const record = expectRecord(value, at);
  for (const name of names) {
    optional(record[name], `${at}.${name}`, (list, where) => {
      for (const [index, text] of expectArray(list, where).entries()) expectString(text, `${where}[${index}]`);
    });
  }
}
