import { defineCommand, MydockerError } from "@mydocker/stage";
import { findContainer, hostPaths } from "@mydocker/state";
import { furtherEndpointId, readEndpoint } from "../../endpoint/record.ts";
import { teardown } from "../../endpoint/teardown.ts";
import { parseNetwork } from "../../network-choice.ts";

export const command = defineCommand({
  summary: "Disconnect a container from a network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  examples: ["mydocker-net network disconnect back web"],
  flags: {
    force: { type: "boolean", short: "f", description: "Do not mind where it is not on it" },
  },
  args: { min: 2, max: 2 },
  run: async ({ flags, args: [wanted = "", name = ""] }) => {
    const paths = hostPaths();
    const choice = parseNetwork(paths, wanted);
    const id = findContainer(paths, name);
    const network = choice.kind === "network" ? choice.network.name : wanted;
    const endpoint = [id, furtherEndpointId(id, network)].find(
      (known) => readEndpoint(paths, known)?.network === network,
    );
    if (endpoint !== undefined) {
      // Processes of the container are in the namespace, and stay there.
      await teardown(paths, endpoint, { held: true, keepNamespace: true });
    } else if (!flags.force) {
      throw new MydockerError(`container ${name} is not connected to network ${network}`, { code: "NOT_CONNECTED" });
    }
  },
});
