import { freeze } from "@mydocker/cgroup";
import { defineCommand, eachNamed } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { findCgroup, freezerOf } from "./find-cgroup.ts";

export const command = defineCommand({
  summary: "Stop every process in cgroups where it is, and return when all of them have stopped.",
  usage: "freeze ID [ID...]",
  examples: ["mydocker-cgroup freeze 3f2a77c0b1d4"],
  flags: {},
  args: { min: 1 },
  run: ({ args }) => eachNamed(args, async (id) => freeze(freezerOf(findCgroup(hostPaths(), id)))),
});
