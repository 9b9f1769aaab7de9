import { defineCommand, systemError, writeAll } from "@mydocker/stage";
import { findContainer, hostPaths } from "@mydocker/state";
import { exportContainer } from "../export/export-container.ts";
import { withArchiveOutput, writeBytes } from "../export/write-archive.ts";
import { withInterruption } from "../store/interruption.ts";

export const command = defineCommand({
  summary:
    "Write all files of a container as a tar archive: one tree, without layers, and without what is mounted in it.",
  usage: "[OPTIONS] CONTAINER",
  examples: ["mydocker-image export my-container | tar -tv", "mydocker-image export -o tree.tar my-container"],
  flags: {
    output: { type: "string", short: "o", value: "FILE", description: "Write to a file, in place of stdout" },
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1, max: 1 },
  async run({ flags: { output, "dry-run": dryRun }, args: [wanted = ""] }) {
    const paths = hostPaths();
    const id = findContainer(paths, wanted);
    if (dryRun) {
      writeAll(`export ${id} to ${output ?? "stdout"}\n`);
      return;
    }
    await withInterruption(() =>
      withArchiveOutput(output, (descriptor) =>
        exportContainer(paths, id, async (archive) => {
          for await (const bytes of archive) await writePart(descriptor, bytes);
        }),
      ),
    );
  },
});

async function writePart(descriptor: number, bytes: Buffer): Promise<void> {
  try {
    await writeBytes(descriptor, bytes);
  } catch (error) {
    throw systemError("write the archive", error);
  }
}
