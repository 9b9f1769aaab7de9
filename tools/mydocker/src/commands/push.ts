import { become, COMMON_FLAGS, defineCommand, siblingPath } from "@mydocker/stage";

export const command = defineCommand({
  summary: "Send an image to a registry",
  usage: "[OPTIONS] NAME[:TAG]",
  examples: ["mydocker push registry.lan:5000/app:1", "mydocker push --tls-verify=false registry.lan:5000/app"],
  flags: {
    quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
    "tls-verify": { type: "string", value: "true|false", description: "false: plain HTTP, or any certificate" },
    debug: COMMON_FLAGS.debug,
    "log-format": COMMON_FLAGS["log-format"],
  },
  args: { min: 1, max: 1 },
  run({ flags, args }) {
    const tool = siblingPath("mydocker-image");
    become(tool, [
      tool,
      "push",
      ...(flags.quiet ? ["--quiet"] : []),
      ...(flags["tls-verify"] === undefined ? [] : [`--tls-verify=${flags["tls-verify"]}`]),
      ...(flags.debug ? ["--debug"] : []),
      ...(flags["log-format"] === undefined ? [] : [`--log-format=${flags["log-format"]}`]),
      ...args,
    ]);
  },
});
