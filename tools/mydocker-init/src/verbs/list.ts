import { defineCommand, parseListFormat, renderColumns, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { listContainers, ociState, type PrintedState } from "../container-state.ts";

export const command = defineCommand({
  summary: "List the containers that there are, running or not.",
  usage: "[OPTIONS]",
  examples: ["mydocker-init list", "mydocker-init --root /run/containerd/runc/default list --format json | jq .[].id"],
  flags: {
    format: { type: "string", short: "f", value: "table|json", description: "json: an array of states, or null" },
    quiet: { type: "boolean", short: "q", description: "Only the ids" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const format = parseListFormat(flags.format);
    const states = listContainers(hostPaths()).map(ociState);
    if (flags.quiet) writeAll(states.map(({ id }) => `${id}\n`).join(""));
    // An empty list of Go's is null, and that is what engines were written against.
    else if (format === "json") writeAll(`${JSON.stringify(states.length === 0 ? null : states)}\n`);
    else writeAll(table(states));
  },
});

function table(states: PrintedState[]): string {
  return renderColumns([
    ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"],
    ...states.map(({ id, pid, status, bundle, created, owner }) => [id, String(pid), status, bundle, created, owner]),
  ]);
}
