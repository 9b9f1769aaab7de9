import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  username: { type: "string", short: "u", value: "NAME", description: "Who you are to the registry" },
  password: {
    type: "string",
    short: "p",
    value: "PASSWORD",
    description: "Password; others see it in the process list",
  },
  "password-stdin": { type: "boolean", description: "Read the password from stdin" },
  "tls-verify": { type: "string", value: "true|false", description: "false: plain HTTP, or any certificate" },
  debug: COMMON_FLAGS.debug,
  "log-format": COMMON_FLAGS["log-format"],
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Tell a registry who you are",
  usage: "[OPTIONS] [SERVER]",
  examples: ["mydocker login registry.lan:5000", "mydocker login -u me --password-stdin registry.lan:5000 < password"],
  flags: FLAGS,
  args: { min: 0, max: 1 },
  run: ({ flags, args }) => becomeImageTool("login", FLAGS, flags, args),
});
