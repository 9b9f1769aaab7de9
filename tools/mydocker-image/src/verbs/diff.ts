import { defineCommand, usageError, writeAll, writeDocument } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { changesOfContainer } from "../commit/commit-container.ts";
import { containerChanges } from "../look/container-changes.ts";
import { imageChanges } from "../look/image-changes.ts";
import type { FileChange } from "../look/layer-changes.ts";
import { requireImage } from "../store/find-image.ts";
import { imageTree } from "../store/image-tree.ts";
import type { Stack } from "../store/stack.ts";
import { unpackImage } from "../store/unpack.ts";

const LETTERS = { added: "A", changed: "C", removed: "D" };

export const command = defineCommand({
  summary:
    "Tell what a container has changed of its image, or what an image adds, changes and removes against another.",
  usage: "[OPTIONS] CONTAINER | IMAGE IMAGE",
  examples: [
    "mydocker-image diff --format lines my-container",
    "mydocker-image diff app:1 app:2 | jq -r '.[] | select(.size > 1e6) | [.size, .change, .path] | @tsv'",
  ],
  flags: {
    format: { type: "string", value: "json|lines", description: "json (the default), or lines as docker's: A /path" },
  },
  args: { min: 1, max: 2 },
  async run({ flags: { format = "json" }, args: [first = "", second] }) {
    if (format !== "json" && format !== "lines")
      throw usageError(`--format ${JSON.stringify(format.slice(0, 40))}: expected json or lines`);
    const paths = hostPaths();
    const changes = second === undefined ? await ofContainer(paths, first) : await between(paths, first, second);
    if (format === "json") writeDocument(changes);
    else writeAll(changes.map(({ change, path }) => `${LETTERS[change]} /${path === "." ? "" : path}\n`).join(""));
  },
});

async function ofContainer(paths: HostPaths, wanted: string): Promise<FileChange[]> {
  const { upper, imageDigest } = changesOfContainer(paths, wanted);
  return containerChanges(imageTree(paths, await unpackImage(paths, imageDigest)), upper);
}

async function between(paths: HostPaths, from: string, to: string): Promise<FileChange[]> {
  const unpacked = (wanted: string): Promise<Stack> =>
    unpackImage(paths, requireImage(paths, wanted).entry.descriptor.digest);
  return imageChanges(paths, await unpacked(from), await unpacked(to));
}
