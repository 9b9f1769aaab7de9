import { thaw } from "@mydocker/cgroup";
import { defineCommand, eachNamed } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { findCgroup, freezerOf } from "./find-cgroup.ts";

export const command = defineCommand({
  summary: "Let the processes of frozen cgroups run on.",
  usage: "thaw ID [ID...]",
  examples: ["mydocker-cgroup thaw 3f2a77c0b1d4"],
  flags: {},
  args: { min: 1 },
  run: ({ args }) => eachNamed(args, async (id) => thaw(freezerOf(findCgroup(hostPaths(), id)))),
});
