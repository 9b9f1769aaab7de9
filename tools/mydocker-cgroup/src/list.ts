import { join } from "node:path";
import { cgroupDirectory, childCgroups, findHierarchies, isFrozen, processesOf, readUsage } from "@mydocker/cgroup";
import { defineCommand, parseListFormat, renderColumns, unlessErrno, writeAll } from "@mydocker/stage";
import { containerLife, type HostPaths, hostPaths } from "@mydocker/state";
import { type FoundCgroup, findCgroup, freezerOf, listRunning } from "./find-cgroup.ts";

/** One of our cgroups, as `--format json` prints it. */
interface ListedCgroup {
  id: string;
  cgroupsPath: string;
  processes: number;
  /** `empty`: without a process. */
  state: "running" | "frozen" | "empty";
  /** Bytes; null where nobody counts. */
  memory: number | null;
  /** Where in its life the container is; `missing`: nothing is known of one. */
  container: string;
}

export const command = defineCommand({
  summary: "List the cgroups that are ours, with what is in them and whether a container belongs to each.",
  usage: "list [OPTIONS]",
  examples: [
    "mydocker-cgroup list",
    "mydocker-cgroup list --format json | jq -r '.[] | select(.state == \"empty\") | .id'",
  ],
  flags: {
    format: { type: "string", short: "f", value: "table|json", description: "json: an array" },
    quiet: { type: "boolean", short: "q", description: "Only the ids" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const format = parseListFormat(flags.format);
    const paths = hostPaths();
    const listed = ownCgroups(paths).map((found) => describe(paths, found));
    if (flags.quiet) writeAll(listed.map(({ id }) => `${id}\n`).join(""));
    else writeAll(format === "json" ? `${JSON.stringify(listed)}\n` : table(listed));
  },
});

function ownCgroups(paths: HostPaths): FoundCgroup[] {
  const ids = findHierarchies().flatMap(({ path }) => childCgroups(join(path, paths.prefix)));
  // Some are elsewhere: where a config says, or in a scope of systemd's.
  const running = listRunning(paths).map(({ id }) => id);
  return [...new Set([...ids, ...running])].sort().flatMap((id) => findIfThere(paths, id) ?? []);
}

/** A container may end while others are looked at. */
function findIfThere(paths: HostPaths, id: string): FoundCgroup | undefined {
  return unlessErrno(["NO_CGROUP"], () => findCgroup(paths, id));
}

function describe(paths: HostPaths, found: FoundCgroup): ListedCgroup {
  const { id, cgroupsPath, hierarchies } = found;
  const processes = new Set(hierarchies.flatMap((each) => processesOf(cgroupDirectory(each, cgroupsPath)))).size;
  const state = isFrozen(freezerOf(found)) ? "frozen" : processes === 0 ? "empty" : "running";
  const memory = readUsage(hierarchies, cgroupsPath, 0, undefined).memory?.usage ?? null;
  return { id, cgroupsPath, processes, state, memory, container: containerLife(paths, id).status };
}

function table(listed: ListedCgroup[]): string {
  const rows = [
    ["ID", "STATE", "PROCESSES", "MEMORY", "CONTAINER"],
    ...listed.map(({ id, state, processes, memory, container }) => [
      id,
      state,
      String(processes),
      memory === null ? "-" : `${(memory / 2 ** 20).toFixed(1)} MiB`,
      container,
    ]),
  ];
  return renderColumns(rows);
}
