import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { collectGarbage } from "../collect/collect-garbage.ts";

export const command = defineCommand({
  summary: "Take away what has no live owner, and print a line for each thing.",
  usage: "[OPTIONS]",
  examples: ["mydocker-image gc --dry-run"],
  flags: { "dry-run": { type: "boolean", description: "Only print what would be taken away" } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    await collectGarbage(hostPaths(), flags["dry-run"], (line) => writeAll(`${line}\n`));
  },
});
