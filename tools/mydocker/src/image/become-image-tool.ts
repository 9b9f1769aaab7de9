import type { Flags } from "@mydocker/stage";
import { becomeTool } from "../become-tool.ts";

/** As `becomeTool`, for a verb of mydocker-image. */
export function becomeImageTool(
  verb: string,
  flags: Flags,
  values: Record<string, boolean | string | string[] | undefined>,
  args: string[],
): never {
  becomeTool("mydocker-image", [verb], flags, values, args);
}
