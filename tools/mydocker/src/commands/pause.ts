import { defineCommand } from "@mydocker/stage";
import { changePause } from "../container/change-pause.ts";

export const command = defineCommand({
  summary: "Stop every process of containers where it is, until unpause",
  usage: "CONTAINER [CONTAINER...]",
  examples: ["mydocker pause web", "mydocker pause web db && mydocker ps --filter status=paused"],
  flags: {},
  args: { min: 1 },
  run: ({ args }) => changePause(args, "pause"),
});
