import { basename } from "node:path";
import { runTool, type Tool } from "@mydocker/stage";

/**
 * One executable under five names: which tool it is, is the name it was called by. Each tool is loaded lazily, so that
 * none pays for the others at start-up.
 */
const TOOLS: Record<string, () => Promise<{ tool: Tool }>> = {
  mydocker: () => import("./cli.ts"),
  "mydocker-init": () => import("@mydocker/mydocker-init"),
  "mydocker-net": () => import("@mydocker/mydocker-net"),
  "mydocker-cgroup": () => import("@mydocker/mydocker-cgroup"),
  "mydocker-image": () => import("@mydocker/mydocker-image"),
};

// No top-level await: the build makes a CommonJS bundle of this, which starts in half the time of an ES module
// (docs/decisions.md).
async function main(): Promise<void> {
  const load = TOOLS[basename(process.argv0)] ?? TOOLS.mydocker;
  if (load === undefined) return;
  const { tool } = await load();
  process.exitCode = await runTool(tool, process.argv.slice(2));
}

void main();
