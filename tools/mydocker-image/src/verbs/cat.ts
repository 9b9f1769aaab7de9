import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { defineCommand, MydockerError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { resolveInRoot } from "../bundle/in-root.ts";
import { writeBytes } from "../export/write-archive.ts";
import { requireImage } from "../store/find-image.ts";
import { imageTree } from "../store/image-tree.ts";
import { unpackImage } from "../store/unpack.ts";

const CHUNK = 256 * 1024;

export const command = defineCommand({
  summary: "Write a file of an image to stdout, as a container would see it. Nothing is run, and nothing mounted.",
  usage: "IMAGE PATH",
  examples: ["mydocker-image cat debian:12 /etc/os-release"],
  flags: {},
  args: { min: 2, max: 2 },
  async run({ args: [wanted = "", path = ""] }) {
    const paths = hostPaths();
    const stack = await unpackImage(paths, requireImage(paths, wanted).entry.descriptor.digest);
    const found = resolveInRoot(imageTree(paths, stack), path);
    if (found === undefined) throw unreadable(wanted, path, "no such file");
    if (found.kind === "directory") throw unreadable(wanted, path, "it is a directory");
    const file = openSync(found.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(file).isFile()) throw unreadable(wanted, path, "it is not a regular file");
      await copyOut(file);
    } finally {
      closeSync(file);
    }
  },
});

async function copyOut(file: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const length = readSync(file, buffer, 0, CHUNK, null);
    if (length === 0) return;
    await writeBytes(1, buffer.subarray(0, length));
  }
}

function unreadable(image: string, path: string, why: string): MydockerError {
  return new MydockerError(`${image}: ${JSON.stringify(path.slice(0, 200))}: ${why}`, { code: "NO_FILE", exitCode: 1 });
}
