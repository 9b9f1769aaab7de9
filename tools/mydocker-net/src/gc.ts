import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { collect } from "./collect.ts";
import { withNetworkLock } from "./network-lock.ts";

export const command = defineCommand({
  summary: "Remove endpoints, links, claims and rules that no live container has",
  usage: "[OPTIONS]",
  examples: ["mydocker-net gc --dry-run"],
  flags: { "dry-run": { type: "boolean", description: "Print what would be removed, and remove nothing" } },
  args: { min: 0, max: 0 },
  run: async ({ flags }) => {
    const print = (line: string) => writeAll(`${line}\n`);
    await withNetworkLock(() => collect(hostPaths(), flags["dry-run"], print));
  },
});
