import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireImage } from "../store/find-image.ts";
import { readIndex } from "../store/image-index.ts";
import { verifyImages } from "../verify/verify-images.ts";

export const command = defineCommand({
  summary:
    "Read every blob of images again, and compare every unpacked layer with its archive. Prints what it found, as JSON.",
  usage: "[IMAGE...]",
  examples: ["mydocker-image verify | jq -r '.problems[]'", "mydocker-image verify debian:12"],
  flags: {},
  args: { min: 0 },
  async run({ args }): Promise<number> {
    const paths = hostPaths();
    const entries = args.length === 0 ? readIndex(paths) : args.map((wanted) => requireImage(paths, wanted).entry);
    const verified = await verifyImages(paths, entries);
    writeDocument(verified);
    return verified.problems.length === 0 ? 0 : 1;
  },
});
