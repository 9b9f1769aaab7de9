import type { PortMapping } from "@mydocker/oci";
import { MydockerError, usageError } from "@mydocker/stage";
import { type HostPaths, readTextIfExists, releaseClaim } from "@mydocker/state";
import { describeHolder } from "../endpoint/conflicts.ts";
import { reclaim } from "../endpoint/reclaim.ts";
import { bindTest } from "./bind-test.ts";
import { mappingsOf, type PortGroup } from "./expand-ports.ts";
import { findListeningProcess } from "./listeners.ts";
import { claimPort, portClaim } from "./port-claims.ts";

/**
 * Claims the host ports of a container, and finds one where any will do. On failure the caller's teardown gives back
 * what was claimed before.
 *
 * @throws MydockerError `PORT_TAKEN` naming the container or the process that has the port
 */
export async function claimPorts(paths: HostPaths, groups: PortGroup[], id: string): Promise<PortMapping[]> {
  const ports: PortMapping[] = [];
  for (const group of groups) ports.push(...(await claimGroup(paths, group, id)));
  return ports;
}

async function claimGroup(paths: HostPaths, group: PortGroup, id: string): Promise<PortMapping[]> {
  if (group.hostPort === 0 || group.lastHostPort !== undefined) return claimAny(paths, group, id);
  const ports: PortMapping[] = [];
  for (const port of mappingsOf(group, group.hostPort)) ports.push(await claimGiven(paths, port, id));
  return ports;
}

async function claimGiven(paths: HostPaths, port: PortMapping, id: string): Promise<PortMapping> {
  let holder = claimPort(paths, port, id);
  if (holder?.owner === id) {
    throw usageError(`port ${port.hostPort}/${port.protocol} on ${port.hostIp} is published twice by this container`);
  }
  // 0.0.0.0 may meet several of the dead, one on each address.
  while (holder !== undefined && (await reclaim(paths, holder.owner))) holder = claimPort(paths, port, id);
  if (holder !== undefined) throw takenByContainer(paths, port, holder.owner);
  const errno = bindTest(port);
  if (errno !== undefined) throw cannotBind(port, errno);
  return port;
}

function claimAny(paths: HostPaths, group: PortGroup, id: string): PortMapping[] {
  const { hostIps, hostPort, lastHostPort, protocol } = group;
  const isRange = lastHostPort !== undefined;
  const { first, last } = isRange
    ? { first: hostPort, last: lastHostPort }
    : ephemeralRange(readTextIfExists("/proc/sys/net/ipv4/ip_local_port_range"));
  const count = last - first + 1;
  // A random start keeps concurrent callers from trying the same ports one after the other; in a range docker goes upwards.
  const start = isRange ? 0 : Math.floor(Math.random() * count);
  for (let step = 0; step < count; step += 1) {
    const ports = mappingsOf(group, first + ((start + step) % count));
    if (ports.every((port) => tryClaim(paths, port, id))) return ports;
    for (const port of ports) releaseClaim(portClaim(paths, port), id);
  }
  throw new MydockerError(`no free ${protocol} port from ${first} to ${last} on ${hostIps.join(" and ")}`, {
    code: "PORT_TAKEN",
  });
}

/** Whether nobody else has the port. @throws MydockerError where no port of that address could be had */
function tryClaim(paths: HostPaths, port: PortMapping, id: string): boolean {
  if (claimPort(paths, port, id) !== undefined) return false;
  const errno = bindTest(port);
  if (errno !== undefined && errno !== "EADDRINUSE") throw cannotBind(port, errno);
  return errno === undefined;
}

/** @param text of ip_local_port_range, where docker takes its random ports from too */
export function ephemeralRange(text: string | undefined): { first: number; last: number } {
  const [first = 32768, last = 60999] = (text ?? "").trim().split(/\s+/).filter(Boolean).map(Number);
  return { first, last };
}

function takenByContainer(paths: HostPaths, port: PortMapping, owner: string): MydockerError {
  const { who, remove } = describeHolder(paths, owner);
  return new MydockerError(`port ${describe(port)} is already published by ${who}`, {
    code: "PORT_TAKEN",
    hint: `another host port, or: ${remove}`,
  });
}

function cannotBind(port: PortMapping, errno: string): MydockerError {
  if (errno === "EADDRNOTAVAIL") {
    return new MydockerError(`port ${describe(port)}: no interface of this host has that address`, {
      code: "NO_ADDRESS",
      hint: "ip -br address, to see which there are",
    });
  }
  if (errno !== "EADDRINUSE")
    return new MydockerError(`port ${describe(port)} cannot be bound: ${errno}`, { code: errno });
  const process = findListeningProcess(port.hostPort, port.protocol);
  const who = process === undefined ? "another program on this host" : `the host's process ${process}`;
  return new MydockerError(`port ${describe(port)} is already in use by ${who}`, {
    code: "PORT_TAKEN",
    hint: "another host port, or stop that program",
  });
}

function describe({ hostIp, hostPort, protocol }: PortMapping): string {
  return `${hostPort}/${protocol} on ${hostIp}`;
}
