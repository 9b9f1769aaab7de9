import { defineCommand, inverseTarget, writeAll } from "@mydocker/stage";
import { containerDirectory, hostPaths } from "@mydocker/state";
import { releaseContainer } from "../release/release-container.ts";

export const command = defineCommand({
  summary: "Undo bundle: remove a container's directory and give its name up. Nothing left is success.",
  usage: "[OPTIONS] [ID]",
  examples: ["mydocker-image release my-id", "mydocker-init state my-id | mydocker-image release"],
  flags: { "dry-run": { type: "boolean", description: "Only print what would be done" } },
  args: { min: 0, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const id = inverseTarget(args);
    if (flags["dry-run"]) writeAll(`remove ${containerDirectory(paths, id)}, and the claim of its name\n`);
    else await releaseContainer(paths, id);
  },
});
