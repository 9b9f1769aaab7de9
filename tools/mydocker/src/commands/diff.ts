import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = { debug: COMMON_FLAGS.debug } as const satisfies Flags;

export const command = defineCommand({
  summary: "Show what a container has added (A), changed (C) and deleted (D)",
  usage: "CONTAINER",
  examples: ["mydocker diff web"],
  flags: FLAGS,
  args: { min: 1, max: 1 },
  run: ({ flags, args }) => becomeImageTool("diff", FORMATTED, { ...flags, format: "lines" }, args),
});

const FORMATTED = { ...FLAGS, format: { type: "string", description: "lines" } } as const satisfies Flags;
