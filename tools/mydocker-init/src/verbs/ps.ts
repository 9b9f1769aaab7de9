import { defineCommand, parseListFormat, requireProgram, usageError, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { containerProcesses } from "../container-processes.ts";
import { requireContainer } from "../container-state.ts";

export const command = defineCommand({
  summary: "List the processes of a container, by their pids on the host.",
  usage: "[OPTIONS] ID [PS-OPTIONS...]",
  examples: [
    "mydocker-init ps my-container",
    "mydocker-init ps my-container -o pid,args",
    "mydocker-init ps -f json my-container",
  ],
  flags: { format: { type: "string", short: "f", value: "table|json", description: "json: an array of pids" } },
  args: { min: 1 },
  flagsFirst: true,
  async run({ flags, args }) {
    const format = parseListFormat(flags.format);
    const [id = "", ...options] = args;
    const pids = containerProcesses(requireContainer(hostPaths(), id).state);
    if (format === "json") writeAll(`${JSON.stringify(pids)}\n`);
    else writeAll(selectProcesses(await requireProgram("ps", options.length === 0 ? ["-ef"] : options), pids));
  },
});

/**
 * The lines of ps(1) that are of certain processes, under its own heading.
 *
 * @throws MydockerError where the options leave no column PID to go by
 */
export function selectProcesses(listing: string, pids: number[]): string {
  const [heading = "", ...lines] = listing.split("\n");
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column === -1) throw usageError("ps: its output has no column PID", "ps options that leave it in: -o pid,args");
  const wanted = new Set(pids);
  const chosen = lines.filter((line) => wanted.has(Number(line.trim().split(/\s+/)[column])));
  return [heading, ...chosen].map((line) => `${line}\n`).join("");
}
