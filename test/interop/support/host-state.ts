import { setTimeout as sleep } from "node:timers/promises";
import { cgroupsBelow } from "./cgroups.ts";
import type { EngineHost } from "./engine-host.ts";

const PATIENCE_MILLISECONDS = 15_000;

/** What there is on an engine's host, a line each. */
export type HostState = string[];

/**
 * @param places directories in which a runtime keeps something for each container, and nothing without one
 */
export async function readHostState(host: EngineHost, places: string[]): Promise<HostState> {
  // First and alone, not to see those that read the rest.
  const processes = await list(host, "process", "ps -e -o args= | grep -v -e '^ps -e' -e '^sh -c ps' -e '^grep'");
  const lists = await Promise.all([
    list(host, "mount", "awk '{ print $5, $9, $10 }' /proc/self/mountinfo"),
    list(host, "network namespace", "find /run/netns /var/run/netns -mindepth 1 2>/dev/null"),
    list(host, "link", "ip -o link | cut -d: -f2"),
    list(host, "rule", "iptables-save; ip6tables-save", /^[-*]/),
    list(host, "nft", "nft --stateless list ruleset"),
    ...places.map((place) => list(host, "file", `find ${place} -mindepth 1 2>/dev/null`)),
  ]);
  return [...processes, ...lists.flat(), ...cgroupsBelow(host.cgroupParent).map((path) => `cgroup ${path}`)];
}

/**
 * What is there now and was not there before. An engine takes its own part away some time after it has answered, so
 * that has time to go.
 */
export async function remainsSince(
  before: HostState,
  host: EngineHost,
  places: string[],
  ownMount?: string,
): Promise<HostState> {
  for (const end = Date.now() + PATIENCE_MILLISECONDS; ; await sleep(200)) {
    const after = await readHostState(host, places);
    const remains = added(before, after).filter((line) => !line.startsWith(`mount ${ownMount} `));
    if (remains.length === 0 || Date.now() > end) return remains;
  }
}

/** Lines of `after` that `before` does not have, or not as often. */
export function added(before: HostState, after: HostState): HostState {
  const counts = new Map<string, number>();
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) + 1);
  return after.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

async function list(host: EngineHost, kind: string, script: string, wanted = /./): Promise<HostState> {
  const { stdout } = await host.run(["sh", "-c", script]);
  return stdout
    .split("\n")
    .filter((line) => wanted.test(line))
    .map((line) => `${kind} ${line.trim()}`);
}
