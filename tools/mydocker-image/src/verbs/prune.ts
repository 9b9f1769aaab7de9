import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths, withLock } from "@mydocker/state";
import { pruneImages } from "../collect/prune-images.ts";
import { parseUntil } from "../collect/until.ts";
import { storeLock } from "../store/paths.ts";

export const command = defineCommand({
  summary: "Take away what no image needs, with --all images that no container was made of. Prints what went, as JSON.",
  usage: "[OPTIONS]",
  examples: ["mydocker-image prune --all --filter until=720h", "mydocker-image prune -a --dry-run | jq .bytes"],
  flags: {
    all: { type: "boolean", short: "a", description: "Images that no container was made of, too" },
    filter: { type: "list", value: "until=TIME", description: "Only images that were made before (24h, 2026-01-31)" },
    "dry-run": { type: "boolean", description: "Only print what would go" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const paths = hostPaths();
    const options = { all: flags.all, until: parseUntil(flags.filter, Date.now()), dryRun: flags["dry-run"] };
    writeDocument(await withLock(storeLock(paths), async () => pruneImages(paths, options)));
  },
});
