import { updateContainer } from "@mydocker/cgroup/update-container";
import { ConfigError, type OciResources, parseResources } from "@mydocker/oci";
import { defineCommand, MydockerError, readInput } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";
import { resourcesOfFlags, UPDATE_FLAGS } from "./update-flags.ts";

export const command = defineCommand({
  summary:
    "Change the limits of a container that runs. What is not given stays as it is; 0 in a document stands for that, too.",
  usage: "[OPTIONS] ID",
  examples: [
    "mydocker-init update --memory 256m --pids-limit 100 my-container",
    `echo '{"cpu":{"quota":50000,"period":100000}}' | mydocker-init update --resources - my-container`,
  ],
  flags: {
    resources: {
      type: "string",
      short: "r",
      value: "FILE|-",
      description: "A linux.resources document; flags beside it are not looked at",
    },
    ...UPDATE_FLAGS,
  },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const container = requireContainer(hostPaths(), args[0] ?? "");
    if (container.status === "stopped") {
      throw new MydockerError(`container not running: ${container.state.id}`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    const change =
      flags.resources === undefined
        ? checked("the flags", JSON.stringify(resourcesOfFlags(flags)))
        : checked(flags.resources, readInput(flags.resources));
    updateContainer(container.directory, container.state, change);
  },
});

function checked(source: string, text: string): OciResources {
  try {
    return parseResources(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new MydockerError(`${source}: ${error.message}`, { code: "BAD_CONFIG", exitCode: 1 });
  }
}
