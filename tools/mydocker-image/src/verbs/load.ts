import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { loadImages } from "../archive/load-images.ts";
import { readInput } from "../archive/read-input.ts";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parsePlatform } from "../pull/platform.ts";
import { formatReference, parseReference } from "../reference/reference.ts";
import { withInterruption } from "../store/interruption.ts";
import { withRoom } from "../store/with-room.ts";

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
    const source = readInput(input, "-i FILE");
    const options = {
      unpacking: unpackOptions(flags),
      ...(name === undefined ? {} : { name: formatReference(parseReference(name)) }),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    };
    const loaded = await withInterruption(() => withRoom(paths, () => loadImages(paths, source, options)));
    writeAll(loaded.map(({ reference, digest }) => `${reference} ${digest}\n`).join(""));
  },
});
