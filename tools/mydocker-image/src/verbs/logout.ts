import { defineCommand, writeAll } from "@mydocker/stage";
import { forgetLogin } from "../registry/log-in.ts";
import { parseServer } from "../registry/server-name.ts";

export const command = defineCommand({
  summary: "Take what login has kept for a registry away.",
  usage: "[SERVER]",
  examples: ["mydocker-image logout registry.lan:5000"],
  flags: {},
  args: { min: 0, max: 1 },
  run({ args: [server] }) {
    const registry = parseServer(server);
    writeAll(forgetLogin(registry) ? `Removing login credentials for ${registry}\n` : `Not logged in to ${registry}\n`);
    return Promise.resolve();
  },
});
