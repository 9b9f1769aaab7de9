import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineCommand, errnoOf, MydockerError, systemError } from "@mydocker/stage";
import { CONTAINER_FILE } from "@mydocker/state";
import { startingConfig } from "../starting-config.ts";

export const command = defineCommand({
  summary: "Write a config.json to begin with: a shell in the directory rootfs.",
  usage: "[OPTIONS]",
  examples: ["mydocker-init spec --bundle /tmp/bundle", "mydocker-init spec --rootless"],
  flags: {
    bundle: { type: "string", short: "b", value: "DIR", description: "Where it is written (default: here)" },
    rootless: { type: "boolean", description: "For a user who is not root: with a user namespace" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const path = join(resolve(flags.bundle ?? "."), CONTAINER_FILE.config);
    const ids = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const config = startingConfig(flags.rootless ? ids : undefined);
    try {
      writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { flag: "wx", mode: 0o666 });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw systemError("spec", error);
      throw new MydockerError(`${path} exists already`, { code: "EEXIST", hint: "another --bundle", exitCode: 1 });
    }
  },
});
