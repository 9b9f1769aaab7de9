import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  author: { type: "string", short: "a", value: "TEXT", description: "Who made it" },
  message: { type: "string", short: "m", value: "TEXT", description: "What has changed" },
  change: {
    type: "list",
    short: "c",
    value: "INSTRUCTION",
    description: "A Dockerfile's instruction: CMD, ENV, USER …",
  },
  pause: {
    type: "boolean",
    short: "p",
    default: true,
    description: "Let a container that runs stand still meanwhile (default: true)",
  },
  limit: {
    type: "list",
    value: "NAME=NUMBER",
    description: "What the changes may have at most: size=BYTES, entries=N",
  },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Make an image of what a container has changed",
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  examples: [
    "mydocker commit -m 'with curl' web app:2",
    `mydocker commit -c 'CMD ["httpd", "-f"]' -c 'EXPOSE 80' web app:3`,
  ],
  flags: FLAGS,
  args: { min: 1, max: 2 },
  run: ({ flags, args }) => becomeImageTool("commit", FLAGS, flags, args),
});
