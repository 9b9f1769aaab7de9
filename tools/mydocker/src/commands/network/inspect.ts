import { defineCommand, reportError } from "@mydocker/stage";
import { compileTemplate } from "../../format/template.ts";
import { networkView } from "../../network/inspect-view.ts";
import { findNetwork, listNetworks } from "../../network/network.ts";
import { print } from "../../print.ts";

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
    const template = format === undefined || format === "json" ? undefined : compileTemplate(format);
    const networks = await listNetworks();
    const found: unknown[] = [];
    let code = 0;
    for (const wanted of args) {
      try {
        const view = networkView(findNetwork(networks, wanted));
        if (template === undefined) found.push(view);
        else print(`${template(view)}\n`);
      } catch (error) {
        reportError(error);
        code = 1;
      }
    }
    if (template === undefined) print(`${JSON.stringify(found, null, format === "json" ? 0 : 4)}\n`);
    return code;
  },
});
