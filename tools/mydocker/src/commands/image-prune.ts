import { defineCommand, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { confirm } from "../confirm.ts";
import { humanSize } from "../format/size.ts";
import { familiarName } from "../image/image.ts";
import { print } from "../print.ts";

/** What `mydocker-image prune` prints. */
interface Pruned {
  untagged: string[];
  deleted: string[];
  bytes: number;
}

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
    const args = ["prune", ...(flags.all ? ["--all"] : []), ...flags.filter.map((text) => `--filter=${text}`)];
    const result = await runProgram(siblingPath("mydocker-image"), args);
    if (result.code !== 0) throw programFailed("prune images", result);
    const { untagged, deleted, bytes } = JSON.parse(result.stdout) as Pruned;
    const lines = [...untagged.map((name) => `untagged: ${shown(name)}`), ...deleted.map((id) => `deleted: ${id}`)];
    if (lines.length > 0) print(`Deleted Images:\n${lines.join("\n")}\n\n`);
    print(`Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    return 0;
  },
});

function shown(reference: string): string {
  const { repository, tag } = familiarName(reference);
  return tag === "<none>" ? reference : `${repository}:${tag}`;
}
