import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  change: {
    type: "list",
    short: "c",
    value: "INSTRUCTION",
    description: "A Dockerfile's instruction: CMD, ENV, USER …",
  },
  message: { type: "string", short: "m", value: "TEXT", description: "What it is, in the history" },
  platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image" },
  limit: {
    type: "list",
    value: "NAME=NUMBER",
    description: "What the tree may have at most: size=BYTES, entries=N, ratio=N",
  },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Make an image of a tar archive of a tree",
  usage: "[OPTIONS] FILE|- [REPOSITORY[:TAG]]",
  examples: [
    "mydocker import tree.tar.gz debian:mine",
    `mydocker export web | mydocker import -c 'CMD ["sh"]' - web:flat`,
  ],
  flags: FLAGS,
  args: { min: 1, max: 2 },
  run: ({ flags, args }) => becomeImageTool("import", FLAGS, flags, args),
});
