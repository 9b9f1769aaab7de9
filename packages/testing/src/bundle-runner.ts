import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { makeBundle, type TestBundle } from "./bundle.ts";
import type { Sandbox, ToolResult } from "./sandbox.ts";

/** How a container ended, and what it was made of. */
export interface BundleRun extends ToolResult {
  bundle: TestBundle;
  id: string;
}

export type BundleRunner = (
  args: string[],
  change?: (config: OciConfig) => void,
  options?: { input?: string; flags?: string[] },
) => Promise<BundleRun>;

/** Runs commands, each in a container of its own, the way an OCI runtime is called: a plain bundle and an id. */
export function bundleRunner(sandbox: Sandbox): BundleRunner {
  let count = 0;
  return async (args, change, options = {}) => {
    count += 1;
    const id = `${sandbox.paths.prefix}-${count}`;
    const bundle = makeBundle(join(sandbox.directory, `bundle-${count}`), args, change);
    const { input, flags = [] } = options;
    const call = ["run", ...flags, "--bundle", bundle.directory, id];
    const result = await sandbox.tool("mydocker-init", call, input === undefined ? {} : { input });
    return { ...result, bundle, id };
  };
}
