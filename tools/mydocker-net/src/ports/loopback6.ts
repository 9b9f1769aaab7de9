import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { debug, type ProgramResult, programFailed, runProgram, runProgramNow, shimPath } from "@mydocker/stage";
import { claimOwner, type HostPaths, readTextIfExists, releaseClaim, withLock, writeFileAtomic } from "@mydocker/state";
import { type EndpointClaims, listEndpointIds, readEndpoint } from "../endpoint/record.ts";
import type { PortKey } from "../firewall/rule-set.ts";
import { bindTest } from "./bind-test.ts";
import { differenceOfPorts, loopback6Arguments, parseLoopback6 } from "./loopback6-arguments.ts";
import { portClaim } from "./port-claims.ts";

// A port of a network without IPv6 is reached at [::1] by a program of eBPF that the shim attaches to all cgroups (docs/decisions.md).
// Which ports these are the claims say: one on ::1, of an endpoint that has no IPv6.

/** The shim's exit code where the kernel has no such programs, or whoever confines us forbids them. */
const UNAVAILABLE = 1;

/** Whether a port that is published everywhere has to be served at [::1], too, on a network that has no IPv6. Asks no program. */
export function isLoopback6Served(paths: HostPaths): boolean {
  // Without ::1 itself there is nobody to be served.
  return (
    isAvailable(paths) && bindTest({ hostIp: "::1", hostPort: 0, containerPort: 0, protocol: "udp" }) === undefined
  );
}

/** An endpoint's ports at [::1]. */
export function loopback6Ports(paths: HostPaths, id: string, { address6, ports }: EndpointClaims): PortKey[] {
  if (address6 !== undefined) return [];
  return ports
    .filter(({ hostIp }) => hostIp === "0.0.0.0")
    .map(({ hostPort, protocol }) => ({ hostIp: "::1", hostPort, protocol }))
    .filter((port) => claimOwner(portClaim(paths, port)) === id);
}

/** Serves an endpoint's ports, where that can be. */
export async function openLoopback6(paths: HostPaths, id: string, claims: EndpointClaims): Promise<void> {
  const ports = loopback6Ports(paths, id, claims);
  if (ports.length === 0) return;
  const before = await withLoopback6Lock(() => change(paths, "add", ports));
  if (before === undefined) for (const port of ports) releaseClaim(portClaim(paths, port), id);
}

/** Gives ports back, which are the caller's own, with their claims: what is not claimed when the lock is let go of, nobody restores. */
export async function closeLoopback6(paths: HostPaths, id: string, ports: PortKey[]): Promise<void> {
  if (ports.length === 0) return;
  await withLoopback6Lock(async () => {
    for (const port of ports) releaseClaim(portClaim(paths, port), id);
    // A half-made endpoint's claim may be a real one of [::1], on a host that serves none by a program.
    if (isAvailable(paths)) await change(paths, "remove", ports);
  });
}

/**
 * Makes what the kernel has be what is claimed.
 *
 * @returns what is different now, a line each
 */
export async function restoreLoopback6(paths: HostPaths, dryRun: boolean): Promise<string[]> {
  if (!isAvailable(paths)) return [];
  return withLoopback6Lock(async () => {
    const claimed = listEndpointIds(paths).flatMap((id) => {
      const claims = readEndpoint(paths, id)?.claimed;
      return claims === undefined ? [] : loopback6Ports(paths, id, claims);
    });
    const before = await change(paths, dryRun ? "list" : "set", dryRun ? [] : claimed);
    if (before === undefined) return [];
    return [
      ...differenceOfPorts(before, claimed).map((port) => `removed ${port}`),
      ...differenceOfPorts(claimed, before).map((port) => `restored ${port}`),
    ];
  });
}

/** What the kernel has. Not for the hot path. */
export function listLoopback6(paths: HostPaths): PortKey[] {
  if (!isAvailable(paths)) return [];
  return judge(paths, runProgramNow(shimPath(), loopback6Arguments(paths.prefix, "list", []))) ?? [];
}

/** The next one to publish a port tries again. */
export function forgetRefusal(paths: HostPaths): void {
  rmSync(refusedFile(paths), { force: true });
}

/** @returns what `list` and `set` found, or undefined where it cannot be */
async function change(
  paths: HostPaths,
  verb: "list" | "add" | "remove" | "set",
  ports: PortKey[],
): Promise<PortKey[] | undefined> {
  return judge(paths, await runProgram(shimPath(), loopback6Arguments(paths.prefix, verb, ports)));
}

function judge(paths: HostPaths, result: ProgramResult): PortKey[] | undefined {
  if (result.code === 0) return parseLoopback6(result.stdout);
  const problem = programFailed("ports at [::1]", result);
  if (result.code !== UNAVAILABLE) throw problem;
  debug(problem.message);
  writeFileAtomic(refusedFile(paths), `${problem.message}\n`);
  return undefined;
}

/** Says why it cannot be, so that not every container asks again. */
function refusedFile(paths: HostPaths): string {
  return join(paths.run, "net/no-loopback6");
}

/**
 * Whether cgroup v2 is the only one, and nobody has refused us. A process's cgroups are a line for each hierarchy that is in use (cgroups(7)); the mounts
 * would be as many as there are network namespaces.
 */
function isAvailable(paths: HostPaths): boolean {
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers")) return false;
  const hierarchies = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n");
  return hierarchies.every((line) => line.startsWith("0::")) && readTextIfExists(refusedFile(paths)) === undefined;
}

/** One for the whole host, as the network lock: an `attach` must not have its port in a program that is being taken away. Held for one call of the shim. */
function withLoopback6Lock<T>(work: () => Promise<T>): Promise<T> {
  return withLock("/run/mydocker-loopback6.lock", work);
}
