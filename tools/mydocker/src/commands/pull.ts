import { become, COMMON_FLAGS, defineCommand, siblingPath } from "@mydocker/stage";

export const command = defineCommand({
  summary: "Fetch an image from a registry",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  examples: ["mydocker pull debian:12", "mydocker pull --tls-verify=false 127.0.0.1:5000/app"],
  flags: {
    quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
    "tls-verify": { type: "string", value: "true|false", description: "false: plain HTTP, or any certificate" },
    platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image" },
    debug: COMMON_FLAGS.debug,
    "log-format": COMMON_FLAGS["log-format"],
  },
  args: { min: 1, max: 1 },
  run({ flags, args }) {
    const tool = siblingPath("mydocker-image");
    become(tool, [
      tool,
      "pull",
      ...(flags.quiet ? ["--quiet"] : []),
      ...(flags["tls-verify"] === undefined ? [] : [`--tls-verify=${flags["tls-verify"]}`]),
      ...(flags.platform === undefined ? [] : [`--platform=${flags.platform}`]),
      ...(flags.debug ? ["--debug"] : []),
      ...(flags["log-format"] === undefined ? [] : [`--log-format=${flags["log-format"]}`]),
      ...args,
    ]);
  },
});
