import { defineCommand, eachNamed, writeAll } from "@mydocker/stage";
import { hostPaths, withLock } from "@mydocker/state";
import { removeImage } from "../collect/remove-image.ts";
import { storeLock } from "../store/paths.ts";

export const command = defineCommand({
  summary: "Remove images from the store: their references, and what nothing else needs.",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: ["mydocker-image remove debian:12", "mydocker-image remove --force busybox"],
  flags: {
    force: {
      type: "boolean",
      short: "f",
      description: "Also where containers were made of it, or an id has several names",
    },
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1 },
  run({ flags, args }) {
    const paths = hostPaths();
    return withLock(storeLock(paths), () =>
      eachNamed(args, async (wanted) => {
        const { untagged, deleted } = removeImage(paths, wanted, { force: flags.force, dryRun: flags["dry-run"] });
        writeAll(
          [...untagged.map((name) => `Untagged: ${name}\n`), ...deleted.map((id) => `Deleted: ${id}\n`)].join(""),
        );
      }),
    );
  },
});
