import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { saveImages } from "../archive/save-images.ts";
import { withArchiveOutput } from "../export/write-archive.ts";
import { requireImage } from "../store/find-image.ts";
import { withInterruption } from "../store/interruption.ts";

export const command = defineCommand({
  summary: "Write images as a tar archive: an OCI layout that docker and podman load, too.",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: [
    "mydocker-image save busybox | zstd > busybox.tar.zst",
    "mydocker-image save -o images.tar debian:12 busybox",
  ],
  flags: {
    output: { type: "string", short: "o", value: "FILE", description: "Write to a file, in place of stdout" },
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1 },
  async run({ flags: { output, "dry-run": dryRun }, args }) {
    const paths = hostPaths();
    const entries = args.map((wanted) => requireImage(paths, wanted).entry);
    if (dryRun) {
      writeAll(entries.map(({ reference }) => `save ${reference} to ${output ?? "stdout"}\n`).join(""));
      return;
    }
    await withInterruption(() => withArchiveOutput(output, (descriptor) => saveImages(paths, entries, descriptor)));
  },
});
