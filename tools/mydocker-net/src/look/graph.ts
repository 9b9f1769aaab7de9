import { isatty } from "node:tty";
import { defineCommand, usageError, writeAll, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { renderSvg } from "./graph-svg.ts";
import { renderText } from "./graph-text.ts";
import { readHostGraph } from "./host-graph.ts";

export const command = defineCommand({
  summary: "Draw the host's networks, bridges, links, containers and ports",
  usage: "[OPTIONS]",
  examples: ["mydocker-net graph", "mydocker-net graph --format svg > networks.svg"],
  flags: {
    format: { type: "string", value: "text|svg|json", description: "How (default: text in a terminal, SVG elsewhere)" },
  },
  args: { min: 0, max: 0 },
  run: async ({ flags }) => {
    const { format = isatty(1) ? "text" : "svg" } = flags;
    const graph = readHostGraph(hostPaths());
    if (format === "text") writeAll(renderText(graph));
    else if (format === "svg") writeAll(renderSvg(graph));
    else if (format === "json") writeDocument(graph);
    else throw usageError(`--format: expected text, svg or json, got "${format}"`);
  },
});
