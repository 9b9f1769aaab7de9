import { become, COMMON_FLAGS, defineCommand, siblingPath } from "@mydocker/stage";

export const command = defineCommand({
  summary: "Give an image one more name",
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  examples: ["mydocker tag busybox registry.lan:5000/busybox:1"],
  flags: { debug: COMMON_FLAGS.debug },
  args: { min: 2, max: 2 },
  run({ flags, args }) {
    const tool = siblingPath("mydocker-image");
    become(tool, [tool, "tag", ...(flags.debug ? ["--debug"] : []), ...args]);
  },
});
