import { defineCommand, usageError, writeAll, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { readIndex } from "../store/image-index.ts";
import { type ImageSummary, summarise } from "../store/summary.ts";

export const command = defineCommand({
  summary: "List the images of the store.",
  usage: "[OPTIONS]",
  examples: ["mydocker-image list | jq -r '.[].reference'", "mydocker-image list --format table"],
  flags: { format: { type: "string", value: "json|table", description: "json (the default): one array" } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const format = flags.format ?? "json";
    if (format !== "json" && format !== "table") {
      throw usageError(`--format: expected json or table, got ${JSON.stringify(format.slice(0, 40))}`);
    }
    const paths = hostPaths();
    const images = readIndex(paths).flatMap((entry) => summarise(paths, entry) ?? []);
    if (format === "json") writeDocument(images);
    else writeAll(table(images));
  },
});

function table(images: ImageSummary[]): string {
  const rows = images.map(({ reference, id, created, size }) => [
    reference,
    id.slice("sha256:".length, "sha256:".length + 12),
    created,
    `${(size / 1e6).toFixed(1)}MB`,
  ]);
  const lines = [["REFERENCE", "ID", "CREATED", "SIZE"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}
