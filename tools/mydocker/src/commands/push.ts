import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
  "tls-verify": { type: "string", value: "true|false", description: "false: plain HTTP, or any certificate" },
  debug: COMMON_FLAGS.debug,
  "log-format": COMMON_FLAGS["log-format"],
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Send an image to a registry",
  usage: "[OPTIONS] NAME[:TAG]",
  examples: ["mydocker push registry.lan:5000/app:1", "mydocker push --tls-verify=false registry.lan:5000/app"],
  flags: FLAGS,
  args: { min: 1, max: 1 },
  run: ({ flags, args }) => becomeImageTool("push", FLAGS, flags, args),
});
