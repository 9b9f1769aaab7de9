import { defineCommand, usageError, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { readInput } from "../archive/read-input.ts";
import { importTree, NO_SETTINGS } from "../commit/import-tree.ts";
import { applyInstructions } from "../commit/instructions.ts";
import { createdNow } from "../commit/now.ts";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parsePlatform } from "../pull/platform.ts";
import { parseName } from "../reference/parse-name.ts";
import { hostPlatform } from "../registry/choose-manifest.ts";
import { withInterruption } from "../store/interruption.ts";
import { withRoom } from "../store/with-room.ts";

export const command = defineCommand({
  summary: "Make an image of a tar archive of a whole tree, compressed or not. Prints the image's id.",
  usage: "[OPTIONS] FILE|- [NAME[:TAG]]",
  examples: [
    `mydocker export web | mydocker-image import -c 'CMD ["sh"]' - web:flat`,
    "mmdebstrap bookworm - | mydocker-image import - debian:12",
  ],
  flags: {
    change: {
      type: "list",
      short: "c",
      value: "INSTRUCTION",
      description: "A Dockerfile's instruction: CMD, ENV, USER …",
    },
    message: { type: "string", short: "m", value: "TEXT", description: "What it is, in the history" },
    platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image: linux/arm64" },
    ...UNPACK_FLAGS,
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1, max: 2 },
  async run({ flags, args: [source = "", name] }) {
    const paths = hostPaths();
    if (/^https?:\/\//.test(source))
      throw usageError(`${source}: nothing is fetched here`, `curl -L ${source} | mydocker import -`);
    const options = {
      reference: name === undefined ? undefined : parseName(name),
      platform: flags.platform === undefined ? hostPlatform() : parsePlatform(flags.platform),
      step: { created: createdNow(), createdBy: "", author: "", comment: flags.message ?? `Imported from ${source}` },
      settings: () => settings,
      unpacking: unpackOptions(flags),
    };
    const settings = applyInstructions(NO_SETTINGS, flags.change);
    if (flags["dry-run"]) {
      writeAll(`make ${options.reference ?? "an image"} of ${source}\n`);
      return;
    }
    const archive = readInput(source === "-" ? undefined : source, "a FILE");
    const { id } = await withInterruption(() => withRoom(paths, () => importTree(paths, archive, options)));
    writeAll(`${id}\n`);
  },
});
