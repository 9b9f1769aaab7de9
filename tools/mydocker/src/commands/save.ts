import { become, COMMON_FLAGS, defineCommand, siblingPath } from "@mydocker/stage";

export const command = defineCommand({
  summary: "Write images as a tar archive",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: ["mydocker save busybox | gzip > busybox.tar.gz", "mydocker save -o images.tar debian:12 busybox"],
  flags: {
    output: { type: "string", short: "o", value: "FILE", description: "Write to a file, in place of stdout" },
    debug: COMMON_FLAGS.debug,
  },
  args: { min: 1 },
  run({ flags, args }) {
    const tool = siblingPath("mydocker-image");
    const output = flags.output === undefined ? [] : [`--output=${flags.output}`];
    become(tool, [tool, "save", ...output, ...(flags.debug ? ["--debug"] : []), ...args]);
  },
});
