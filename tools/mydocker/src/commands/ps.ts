import { defineCommand, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { listContainers } from "../container/container.ts";
import { parseFilters } from "../container/filter.ts";
import { CONTAINER_COLUMNS, CONTAINER_HEADINGS, CONTAINER_JSON_FIELDS, containerRow } from "../container/row.ts";
import { rowSources } from "../container/row-sources.ts";
import { renderListing } from "../format/listing.ts";
import { print } from "../print.ts";

export const command = defineCommand({
  summary: "List containers",
  usage: "[OPTIONS]",
  examples: ["mydocker ps -a", "mydocker ps --filter label=app=web --format '{{.ID}} {{.Names}}'"],
  flags: {
    all: { type: "boolean", short: "a", description: "Show those that do not run, too" },
    quiet: { type: "boolean", short: "q", description: "Show ids only" },
    latest: { type: "boolean", short: "l", description: "Show the newest container, in whatever state" },
    last: { type: "string", short: "n", value: "NUMBER", description: "Show the newest NUMBER containers" },
    "no-trunc": { type: "boolean", description: "Show ids and commands whole" },
    size: { type: "boolean", short: "s", description: "Show the size of each container's own files" },
    format: { type: "string", value: "table|json|TEMPLATE", description: "Go template for each line" },
    filter: { type: "list", short: "f", value: "KEY=VALUE", description: "id, name, status, label, ancestor, exited" },
  },
  args: { min: 0, max: 0 },
  run({ flags }) {
    const paths = hostPaths();
    const filters = parseFilters(flags.filter);
    const last = flags.latest ? 1 : parseLast(flags.last);
    const all = flags.all || last !== undefined || filters.wantsAll;
    const shown = listContainers(paths, all ? "all" : "running")
      .filter(filters.matches)
      .slice(0, last);
    const sources = rowSources(paths, !flags["no-trunc"]);
    const rows = shown.map((container) => containerRow(container, sources));
    const columns = flags.size ? [...CONTAINER_COLUMNS, "Size"] : CONTAINER_COLUMNS;
    const listing = { rows, headings: CONTAINER_HEADINGS, columns, jsonFields: CONTAINER_JSON_FIELDS };
    print(renderListing(listing, flags.format ?? (flags.quiet ? "{{.ID}}" : undefined)));
    return Promise.resolve(0);
  },
});

function parseLast(text: string | undefined): number | undefined {
  if (text === undefined || text === "-1") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw usageError(`--last: expected a number, got "${text}"`);
  return Number(text);
}
