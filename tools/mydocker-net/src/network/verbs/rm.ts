import { defineCommand, eachNamed, MydockerError, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { withNetworkLock } from "../../network-lock.ts";
import { removeNetwork } from "../remove-network.ts";

export const command = defineCommand({
  summary: "Remove networks",
  usage: "NETWORK...",
  examples: ["mydocker-net network rm web"],
  flags: {
    force: { type: "boolean", short: "f", description: "Do not mind one that is not there" },
  },
  args: { min: 1 },
  run: ({ args, flags }) =>
    eachNamed(args, async (wanted) => {
      try {
        const name = await withNetworkLock(async () => removeNetwork(hostPaths(), wanted));
        writeAll(`${name}\n`);
      } catch (error) {
        if (!flags.force || !isMissing(error)) throw error;
      }
    }),
});

function isMissing(error: unknown): boolean {
  return error instanceof MydockerError && error.code === "NO_NETWORK";
}
