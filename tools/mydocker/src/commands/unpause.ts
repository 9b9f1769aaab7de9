import { defineCommand } from "@mydocker/stage";
import { changePause } from "../container/change-pause.ts";

export const command = defineCommand({
  summary: "Let the processes of paused containers run on",
  usage: "CONTAINER [CONTAINER...]",
  examples: ["mydocker unpause web"],
  flags: {},
  args: { min: 1 },
  run: ({ args }) => changePause(args, "unpause"),
});
