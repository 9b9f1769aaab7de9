import { defineCommand, eachNamed, MydockerError, programFailed } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container/container.ts";
import { sendSignal } from "../container/teardown.ts";
import { print } from "../print.ts";

export const command = defineCommand({
  summary: "Send a signal to running containers (SIGKILL unless told)",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: ["mydocker kill web", "mydocker kill -s HUP web"],
  flags: {
    signal: { type: "string", short: "s", value: "SIGNAL", description: "Name or number of the signal" },
  },
  args: { min: 1 },
  run({ flags, args }) {
    const paths = hostPaths();
    return eachNamed(args, async (name) => {
      const container = requireContainer(paths, name);
      if (container.life.status !== "running") {
        throw new MydockerError(`cannot kill container ${name}: it is not running`, {
          code: "NOT_RUNNING",
          exitCode: 1,
        });
      }
      const result = await sendSignal(container, flags.signal ?? "SIGKILL");
      if (result.code !== 0) throw programFailed(`kill ${name}`, result);
      print(`${name}\n`);
    });
  },
});
