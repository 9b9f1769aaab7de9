import { defaultCgroupsPath, findHierarchies, removeCgroup } from "@mydocker/cgroup";
import { defineCommand, inverseTarget } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";

export const command = defineCommand({
  summary: "Remove a container's cgroup from every hierarchy. Nothing to remove is success.",
  usage: "remove [--kill] ID    (or an OCI state object on stdin)",
  examples: ["mydocker-cgroup remove 3f2a77c0b1d4", "mydocker-init state web | mydocker-cgroup remove"],
  flags: { kill: { type: "boolean", description: "End the processes that are still in it" } },
  args: { min: 0, max: 1 },
  async run({ flags, args }) {
    const cgroupsPath = defaultCgroupsPath(hostPaths().prefix, inverseTarget(args));
    removeCgroup(findHierarchies(), cgroupsPath, { kill: flags.kill });
  },
});
