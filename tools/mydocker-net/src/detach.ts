import { defineCommand, inverseTarget } from "@mydocker/stage";
import { containerLife, hostPaths } from "@mydocker/state";
import { hasProcess } from "./endpoint/life.ts";
import { endpointNames } from "./endpoint/names.ts";
import { listFurtherEndpoints } from "./endpoint/record.ts";
import { teardown } from "./endpoint/teardown.ts";

export const command = defineCommand({
  summary: "Take a container's network away again; nothing left to take is success",
  usage: "[ID]",
  examples: ["mydocker-net detach 3f2a", "mydocker-init state 3f2a | mydocker-net detach"],
  flags: {},
  args: { min: 0, max: 1 },
  run: async ({ args }) => {
    const paths = hostPaths();
    const id = inverseTarget(args);
    const { status } = containerLife(paths, id);
    // Only where the runtime cannot tell are all processes looked at.
    const held =
      status === "running" ||
      status === "created" ||
      (status === "missing" && hasProcess(endpointNames(paths, id).netnsPath));
    for (const further of listFurtherEndpoints(paths, id)) await teardown(paths, further, { held });
    await teardown(paths, id, { held });
  },
});
