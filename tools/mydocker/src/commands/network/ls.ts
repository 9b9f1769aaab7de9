import { defineCommand, usageError } from "@mydocker/stage";
import { type Row, renderListing } from "../../format/listing.ts";
import { hasLabel } from "../../label.ts";
import { listNetworks, type Network } from "../../network/network.ts";
import { print } from "../../print.ts";

const HEADINGS = {
  ID: "NETWORK ID",
  Name: "NAME",
  Driver: "DRIVER",
  Scope: "SCOPE",
  IPv6: "IPV6",
  Internal: "INTERNAL",
  Labels: "LABELS",
  CreatedAt: "CREATED AT",
};

export const command = defineCommand({
  summary: "List networks",
  usage: "[OPTIONS]",
  examples: ["mydocker network ls", "mydocker network ls --filter driver=bridge --format '{{.Name}}'"],
  flags: {
    quiet: { type: "boolean", short: "q", description: "Show ids only" },
    "no-trunc": { type: "boolean", description: "Show ids whole" },
    format: { type: "string", value: "table|json|TEMPLATE", description: "Go template for each line" },
    filter: { type: "list", short: "f", value: "KEY=VALUE", description: "name, id, driver, label" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const filters = flags.filter.map(parseFilter);
    const networks = (await listNetworks())
      .filter((network) => filters.every((matches) => matches(network)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const rows = networks.map((network) => networkRow(network, !flags["no-trunc"]));
    const columns = ["ID", "Name", "Driver", "Scope"];
    const listing = { rows, headings: HEADINGS, columns };
    print(renderListing(listing, flags.format ?? (flags.quiet ? "{{.ID}}" : undefined)));
  },
});

function networkRow(network: Network, truncate: boolean): Row {
  return {
    ID: truncate ? network.id.slice(0, 12) : network.id,
    Name: network.name,
    Driver: network.driver,
    Scope: "local",
    IPv6: String(network.subnet6 !== undefined),
    Internal: String(network.internal),
    Labels: Object.entries(network.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    CreatedAt: network.created,
  };
}

function parseFilter(text: string): (network: Network) => boolean {
  const [, key = "", value = ""] = /^(name|id|driver|label)=(.*)$/.exec(text) ?? [];
  if (key === "name") return ({ name }) => name.includes(value);
  if (key === "id") return ({ id }) => id.startsWith(value);
  if (key === "driver") return ({ driver }) => driver === value;
  if (key === "label") return ({ labels }) => hasLabel(labels, value);
  throw usageError(`--filter ${JSON.stringify(text)}: expected name=, id=, driver= or label=`);
}
