import { defineCommand, usageError, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { Progress } from "../pull/progress.ts";
import { pushImage } from "../push/push-image.ts";
import { formatReference, parseReference } from "../reference/reference.ts";
import { requireImage } from "../store/find-image.ts";
import { REGISTRY_FLAGS, registryOptions } from "./registry-flags.ts";

export const command = defineCommand({
  summary: "Send an image of the store to a registry. Prints its reference there, and its digest.",
  usage: "[OPTIONS] IMAGE [NAME[:TAG]]",
  examples: ["mydocker-image push registry.lan:5000/app:1", "mydocker-image push busybox registry.lan:5000/busybox"],
  flags: {
    ...REGISTRY_FLAGS,
    quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1, max: 2 },
  async run({ flags, args: [wanted = "", destination] }) {
    const paths = hostPaths();
    const { entry, byId } = requireImage(paths, wanted);
    if (byId && destination === undefined)
      throw usageError(`${wanted}: an id is no place to push to`, "IMAGE NAME[:TAG]");
    const target = parseReference(destination ?? entry.reference);
    const { digest } = entry.descriptor;
    if (flags["dry-run"]) {
      writeAll(`send ${digest} to docker://${formatReference(target)}\n`);
      return;
    }
    const progress = new Progress(flags.quiet);
    try {
      await pushImage(paths, entry, target, { ...registryOptions(flags), progress });
    } finally {
      progress.stop();
    }
    writeAll(`${formatReference(target)} ${digest}\n`);
  },
});
