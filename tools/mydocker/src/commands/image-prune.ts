import { defineCommand } from "@mydocker/stage";
import { confirm } from "../confirm.ts";
import { humanSize } from "../format/size.ts";
import { print } from "../print.ts";
import { pruneImages } from "../prune/images.ts";

export const command = defineCommand({
  summary: "Remove unused images",
  usage: "[OPTIONS]",
  examples: ["mydocker image prune -f", "mydocker image prune -af --filter until=720h"],
  flags: {
    all: { type: "boolean", short: "a", description: "Remove all images that no container was made of" },
    filter: { type: "list", value: "until=TIME", description: "Only images that were made before (24h, 2026-01-31)" },
    force: { type: "boolean", short: "f", description: "Do not ask" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const what = flags.all ? "all images without at least one container associated to them" : "all dangling images";
    const question = `WARNING! This will remove ${what}.\nAre you sure you want to continue? [y/N] `;
    if (!flags.force && !(await confirm(question))) return 0;
    const { text, bytes } = await pruneImages(flags.all, flags.filter);
    print(`${text}Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    return 0;
  },
});
