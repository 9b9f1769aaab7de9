import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireImage } from "../store/find-image.ts";
import { readHistory } from "../store/history.ts";

export const command = defineCommand({
  summary: "Print how an image was made, step by step, the last one first, as JSON.",
  usage: "IMAGE",
  examples: ["mydocker-image history debian:12 | jq -r '.[].createdBy'"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const paths = hostPaths();
    writeDocument(readHistory(paths, requireImage(paths, args[0] ?? "").entry.descriptor.digest));
  },
});
