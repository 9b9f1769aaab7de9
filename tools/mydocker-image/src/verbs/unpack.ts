import { existsSync } from "node:fs";
import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { requireImage } from "../store/find-image.ts";
import { rootfsDirectory } from "../store/paths.ts";
import { unpackImage } from "../store/unpack.ts";

export const command = defineCommand({
  summary: "Unpack an image of the store, unless it is unpacked already. Prints the directory.",
  usage: "[OPTIONS] IMAGE",
  examples: ["ls $(mydocker-image unpack busybox)"],
  flags: { "dry-run": { type: "boolean", description: "Only print what would be done" } },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const { digest } = requireImage(paths, args[0] ?? "").entry.descriptor;
    if (flags["dry-run"]) {
      const directory = rootfsDirectory(paths, digestHex(digest, "image"));
      writeAll(existsSync(directory) ? "" : `unpack ${digest} to ${directory}\n`);
      return;
    }
    writeAll(`${await unpackImage(paths, digest)}\n`);
  },
});
