import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CONTROLS, type Control, cgroupDirectory, limitOf, readControl } from "@mydocker/cgroup";
import { defineCommand, renderColumns, unlessErrno, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { type FoundCgroup, findCgroup } from "./find-cgroup.ts";

export const command = defineCommand({
  summary:
    "Show a cgroup's limits: the flag for each, its file in cgroup v1 and in v2, the one in force, and its value.",
  usage: "show [OPTIONS] ID",
  examples: ["mydocker-cgroup show 3f2a77c0b1d4", "mydocker-cgroup show --all 3f2a77c0b1d4 | grep memory"],
  flags: {
    all: {
      type: "boolean",
      short: "a",
      description: "Every file there is, with its path: a line of it a line of output",
    },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const found = findCgroup(hostPaths(), args[0] ?? "");
    writeAll(flags.all ? directoriesOf(found).flatMap(fileLines).join("") : limitTable(found));
  },
});

function directoriesOf({ cgroupsPath, hierarchies }: FoundCgroup): string[] {
  return hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, cgroupsPath));
}

/** `<path> <value>`, a line for each line that a file has; files without a value are left out. */
function fileLines(directory: string): string[] {
  const entries = unlessErrno(["ENOENT"], () => readdirSync(directory, { withFileTypes: true })) ?? [];
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return names.sort().flatMap((name) => {
    const text = readControl(join(directory, name)) ?? "";
    return text === "" ? [] : text.split("\n").map((line) => `${join(directory, name)} ${line}\n`);
  });
}

/** What this host has no file for is left out. */
function limitTable(found: FoundCgroup): string {
  const rows = CONTROLS.flatMap((control) => rowsOf(found, control));
  return renderColumns([["FLAG", "CGROUP V1", "CGROUP V2", "VALUE", "IN"], ...rows]);
}

/** A file of several lines has as many rows. */
function rowsOf({ cgroupsPath, hierarchies }: FoundCgroup, { flag, v1, v2 }: Control): string[][] {
  return hierarchies.flatMap((hierarchy) => {
    const file = hierarchy.version === 1 ? v1 : v2;
    const directory = cgroupDirectory(hierarchy, cgroupsPath);
    const value = file === undefined ? undefined : readControl(join(directory, file));
    if (value === undefined) return [];
    return value.split("\n").map((line) => [flag, v1 ?? "-", v2 ?? "-", describeValue(flag, line), directory]);
  });
}

/** Bytes for people, beside what stands in the file. */
function describeValue(flag: string, text: string): string {
  if (text === "") return "-";
  if (!/^--memory(-swap|-reservation)?$/.test(flag) || !/^\d+$/.test(text)) return text;
  const bytes = limitOf(text);
  return bytes === undefined ? `${text} (no limit)` : `${text} (${Number((bytes / 2 ** 20).toFixed(1))} MiB)`;
}
