import { setTimeout as sleep } from "node:timers/promises";
import { countLimitEvents } from "@mydocker/cgroup";
import { defineCommand } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { findCgroup } from "./find-cgroup.ts";
import { printLine } from "./print-line.ts";

/** How often is looked. The kernel counts, so that nothing is missed while the cgroup is there. */
const LOOK_MS = 100;

export const command = defineCommand({
  summary:
    "Print when a limit is hit, as JSON lines, until the cgroup is gone: oom, memory, pids or cpu, and how often.",
  usage: "events ID",
  examples: [
    "mydocker-cgroup events 3f2a77c0b1d4",
    `mydocker-cgroup events 3f2a77c0b1d4 | jq -c 'select(.event == "oom")'`,
  ],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const { id, cgroupsPath, hierarchies } = findCgroup(hostPaths(), args[0] ?? "");
    let before = countLimitEvents(hierarchies, cgroupsPath);
    while (before.size > 0) {
      await sleep(LOOK_MS);
      const now = countLimitEvents(hierarchies, cgroupsPath);
      for (const [event, total] of now) {
        const count = total - (before.get(event) ?? 0);
        if (count <= 0) continue;
        if (!printLine({ time: new Date().toISOString(), id, event, count, total })) return;
      }
      before = now;
    }
  },
});
