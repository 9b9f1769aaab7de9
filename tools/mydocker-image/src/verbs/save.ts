import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { defineCommand, systemError, usageError, writeAll } from "@mydocker/stage";
import { hostPaths, temporaryName } from "@mydocker/state";
import { saveImages } from "../archive/save-images.ts";
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
    if (output === undefined) {
      if (process.getBuiltinModule("node:tty").isatty(1))
        throw usageError("an archive is nothing for a terminal", "-o FILE");
      await withInterruption(() => saveImages(paths, entries, 1));
      return;
    }
    // Whole or not at all.
    const temporary = temporaryName(output);
    const file = openForWriting(temporary);
    try {
      await withInterruption(() => saveImages(paths, entries, file));
      renameSync(temporary, output);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  },
});

function openForWriting(path: string): number {
  try {
    return openSync(path, "wx", 0o644);
  } catch (error) {
    throw systemError(`write ${path}`, error);
  }
}
