import { closeSync, openSync, readSync } from "node:fs";
import { defineCommand, systemError, unlessErrno, usageError, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { loadImages } from "../archive/load-images.ts";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parsePlatform } from "../pull/platform.ts";
import { formatReference, parseReference } from "../reference/reference.ts";
import { withInterruption } from "../store/interruption.ts";

const CHUNK = 512 * 1024;

export const command = defineCommand({
  summary:
    "Take images from an archive, as docker, podman or save have written it. Prints their references and digests.",
  usage: "[OPTIONS]",
  examples: ["docker save app:1 | mydocker-image load", "mydocker-image load -i layout.tar --name app:1"],
  flags: {
    input: { type: "string", short: "i", value: "FILE", description: "Read from a file, in place of stdin" },
    name: { type: "string", value: "NAME[:TAG]", description: "What an image is called that has no name there" },
    platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image: linux/arm64" },
    ...UNPACK_FLAGS,
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const paths = hostPaths();
    const { input, name, platform } = flags;
    if (input === undefined && process.getBuiltinModule("node:tty").isatty(0)) {
      throw usageError("an archive is not typed at a terminal", "-i FILE");
    }
    const options = {
      unpacking: unpackOptions(flags),
      ...(name === undefined ? {} : { name: formatReference(parseReference(name)) }),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    };
    const loaded = await withInterruption(() => loadImages(paths, readPieces(input), options));
    writeAll(loaded.map(({ reference, digest }) => `${reference} ${digest}\n`).join(""));
  },
});

async function* readPieces(path: string | undefined): AsyncGenerator<Buffer> {
  const file = path === undefined ? 0 : openForReading(path);
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const length = unlessErrno(["EAGAIN"], () => readSync(file, buffer, 0, CHUNK, null));
      if (length === 0) return;
      if (length !== undefined) yield buffer.subarray(0, length);
      // A pipe that somebody has made non-blocking, with nothing in it yet.
      else await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    if (file !== 0) closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw systemError(`read ${path}`, error);
  }
}
