import { become, COMMON_FLAGS, defineCommand, siblingPath } from "@mydocker/stage";

export const command = defineCommand({
  summary: "Remove images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: ["mydocker rmi debian:12", "mydocker rmi -f busybox"],
  flags: {
    force: { type: "boolean", short: "f", description: "Remove an image that stopped containers were made of" },
    debug: COMMON_FLAGS.debug,
  },
  args: { min: 1 },
  run({ flags, args }) {
    const tool = siblingPath("mydocker-image");
    become(tool, [tool, "remove", ...(flags.force ? ["--force"] : []), ...(flags.debug ? ["--debug"] : []), ...args]);
  },
});
