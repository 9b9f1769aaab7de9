import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
  "tls-verify": { type: "string", value: "true|false", description: "false: plain HTTP, or any certificate" },
  transport: {
    type: "string",
    value: "native|skopeo",
    description: "Who fetches; skopeo has other sources than registries",
  },
  platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image" },
  "keep-blobs": {
    type: "string",
    value: "true|false",
    description: "false: no layer stays as it came, once it is unpacked",
  },
  debug: COMMON_FLAGS.debug,
  "log-format": COMMON_FLAGS["log-format"],
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Fetch an image from a registry",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST] | SOURCE [NAME]",
  examples: [
    "mydocker pull debian:12",
    "mydocker pull --tls-verify=false 127.0.0.1:5000/app",
    "mydocker pull --transport skopeo docker-daemon:app:1",
  ],
  flags: FLAGS,
  args: { min: 1, max: 2 },
  run: ({ flags, args }) => becomeImageTool("pull", FLAGS, flags, args),
});
