import { defineCommand } from "@mydocker/stage";
import { inspectEach } from "../../format/inspect.ts";
import { networkView } from "../../network/inspect-view.ts";
import { findNetwork, listNetworks } from "../../network/network.ts";

export const command = defineCommand({
  summary: "Show all that is known of networks, as JSON",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  examples: [
    "mydocker network inspect web",
    "mydocker network inspect -f '{{range .IPAM.Config}}{{.Subnet}}{{end}}' web",
  ],
  flags: {
    format: { type: "string", short: "f", value: "json|TEMPLATE", description: "Go template for each" },
  },
  args: { min: 1 },
  async run({ flags: { format }, args }) {
    const networks = await listNetworks();
    return inspectEach(args, format, (wanted) => networkView(findNetwork(networks, wanted)));
  },
});
