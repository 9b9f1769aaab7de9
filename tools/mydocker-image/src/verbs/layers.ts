import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { layerChanges } from "../look/layer-changes.ts";
import { requireImage } from "../store/find-image.ts";
import { unpackImage } from "../store/unpack.ts";

export const command = defineCommand({
  summary:
    "Print what each layer of an image adds, changes, removes and hides, lowest first, as JSON: where the bytes are.",
  usage: "[OPTIONS] IMAGE",
  examples: [
    "mydocker-image layers debian:12 | jq -c '.[] | [.size, .hidden]'",
    "mydocker-image layers --files app:1 | jq -r '.[].files[:5][] | [.size, .change, .path] | @tsv'",
  ],
  flags: { files: { type: "boolean", description: "With every file, the largest first" } },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const stack = await unpackImage(paths, requireImage(paths, args[0] ?? "").entry.descriptor.digest);
    writeDocument(layerChanges(paths, stack, flags.files));
  },
});
