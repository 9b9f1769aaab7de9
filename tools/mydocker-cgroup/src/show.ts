import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cgroupDirectory, defaultCgroupsPath, findHierarchies, readControl } from "@mydocker/cgroup";
import { checkContainerId, defineCommand, MydockerError, unlessErrno, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";

export const command = defineCommand({
  summary: "Show every file of a container's cgroup with its value: one line of a file a line of output.",
  usage: "show ID",
  examples: ["mydocker-cgroup show 3f2a77c0b1d4 | grep memory", "mydocker-cgroup show 3f2a77c0b1d4 | grep procs"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const id = checkContainerId(args[0] ?? "");
    const cgroupsPath = defaultCgroupsPath(hostPaths().prefix, id);
    const directories = findHierarchies().map((hierarchy) => cgroupDirectory(hierarchy, cgroupsPath));
    const lines = directories.flatMap(fileLines);
    if (lines.length === 0) {
      throw new MydockerError(`no cgroup ${cgroupsPath} in any hierarchy`, { code: "NO_CGROUP", exitCode: 1 });
    }
    writeAll(lines.join(""));
  },
});

/** `<path> <value>`, a line for each line that a file has; files without a value are left out. */
function fileLines(directory: string): string[] {
  const entries = unlessErrno(["ENOENT"], () => readdirSync(directory, { withFileTypes: true })) ?? [];
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return names.sort().flatMap((name) => {
    const text = readControl(join(directory, name)) ?? "";
    return text === "" ? [] : text.split("\n").map((line) => `${join(directory, name)} ${line}\n`);
  });
}
