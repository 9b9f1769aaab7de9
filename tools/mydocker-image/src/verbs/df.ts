import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { diskUsage } from "../collect/disk-usage.ts";

export const command = defineCommand({
  summary: "Tell how much of the disk images take, what of it they share, and what prune --all would free, as JSON.",
  usage: "",
  examples: ["mydocker-image df | jq .reclaimable", "mydocker-image df | jq '.images[] | [.references[0], .unique]'"],
  flags: {},
  args: { min: 0, max: 0 },
  async run() {
    writeDocument(diskUsage(hostPaths()));
  },
});
