import {
  applyCgroup,
  attachDeviceProgram,
  type CgroupPlan,
  defaultCgroupsPath,
  findHierarchies,
  type Hierarchy,
  planCgroup,
  removeCgroup,
} from "@mydocker/cgroup";
import { LIMIT_FLAGS, type LimitFlags } from "@mydocker/cgroup/limit-flags";
import { type OciConfig, withStage } from "@mydocker/oci";
import {
  CONFIG_FLAG,
  defineCommand,
  EmptyConfigError,
  EXIT,
  readConfig,
  requireId,
  runWithUndo,
  usageError,
  writeAll,
  writeDocument,
} from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { describePlan } from "./describe-plan.ts";
import { isBySystemd, leaveToSystemd, planScope } from "./leave-to-systemd.ts";
import { limitCommand } from "./limit-command.ts";
import { hostFacts } from "./limits/host-facts.ts";
import { parseLimits } from "./limits/parse-limits.ts";
import { withLimits } from "./limits/with-limits.ts";

export const command = defineCommand({
  summary:
    "Make the container's cgroup in every hierarchy of the host, write its limits, and note both in the config. With a command, limit that: no container, no config.",
  usage: "apply [OPTIONS] < config.json > config.json    (or apply [OPTIONS] -- COMMAND [ARG...])",
  examples: [
    "mydocker-image bundle busybox | mydocker-cgroup apply --memory 256m --cpus 1.5 | mydocker-init run",
    "mydocker-cgroup apply --pids-limit 100 --dry-run < config.json",
    "mydocker-cgroup apply --memory 2g --cpus 1 -- make -j8",
  ],
  flags: {
    ...LIMIT_FLAGS,
    "cgroup-manager": {
      type: "string",
      value: "cgroupfs|systemd",
      description: "systemd: the sink has systemd make a scope (default: a cgroup of our own)",
    },
    ...CONFIG_FLAG,
    "dry-run": { type: "boolean", description: "Print what would be done, do nothing" },
  },
  args: { min: 0, max: 0 },
  separateRest: true,
  run({ flags, rest }) {
    const bySystemd = isBySystemd(flags["cgroup-manager"]);
    if (bySystemd && rest !== undefined) {
      throw usageError("--cgroup-manager systemd is for containers", "systemd-run --scope, for a command");
    }
    if (bySystemd && !flags["dry-run"]) return leaveToSystemd(flags.config, flags);
    if (rest !== undefined) return limitCommandOf(rest, flags);
    return flags["dry-run"] ? showPlan(flags.config, flags, bySystemd) : apply(flags.config, flags);
  },
});

async function limitCommandOf(command: string[], flags: LimitFlags & { "dry-run": boolean }): Promise<number> {
  if (command.length === 0) throw usageError("a command is missing behind --", "apply --memory 64m -- make");
  const hierarchies = findHierarchies();
  const resources = parseLimits(flags, hostFacts(hierarchies));
  const { prefix } = hostPaths();
  if (!flags["dry-run"]) return limitCommand(prefix, hierarchies, resources, command);
  writeAll(describePlan(planCgroup(hierarchies, defaultCgroupsPath(prefix, "command"), resources)).join(""));
  return 0;
}

interface Limited {
  config: OciConfig;
  cgroupsPath: string;
  hierarchies: Hierarchy[];
  plan: CgroupPlan;
}

function apply(source: string | undefined, flags: LimitFlags): Promise<number> {
  return runWithUndo(source, requireId, async (config, id) => {
    const { plan, hierarchies, cgroupsPath, config: limited } = limit(config, id, flags);
    applyCgroup(plan);
    try {
      if (plan.deviceProgram !== undefined) attachDeviceProgram(plan.deviceProgram);
      // No hook: whichever runtime joins the cgroup also removes it (config-linux.md#cgroups).
      writeDocument(withStage(limited, "mydocker-cgroup"));
    } catch (error) {
      // Nobody downstream has read of the cgroup, so nobody would remove it.
      removeCgroup(hierarchies, cgroupsPath);
      throw error;
    }
    return 0;
  });
}

async function showPlan(source: string | undefined, flags: LimitFlags, bySystemd: boolean): Promise<number> {
  try {
    const config = readConfig(source);
    const id = requireId(config);
    if (bySystemd) {
      const { cgroupsPath, plan } = planScope(config, id, flags);
      const written = { ...plan, directories: [], parents: [], enable: [], inherit: [] };
      writeAll(`# systemd makes the scope ${cgroupsPath}\n${describePlan(written).join("")}`);
    } else {
      writeAll(describePlan(limit(config, id, flags).plan).join(""));
    }
    return 0;
  } catch (error) {
    if (error instanceof EmptyConfigError) return EXIT.failed;
    throw error;
  }
}

/** Decides where the cgroup is and what is written there. The config's own limits hold where no flag speaks. */
function limit(config: OciConfig, id: string, flags: LimitFlags): Limited {
  const hierarchies = findHierarchies();
  const resources = withLimits(config, flags, hierarchies);
  const cgroupsPath = defaultCgroupsPath(hostPaths().prefix, id);
  const plan = planCgroup(hierarchies, cgroupsPath, resources);
  return { config: { ...config, linux: { ...config.linux, cgroupsPath, resources } }, cgroupsPath, hierarchies, plan };
}
