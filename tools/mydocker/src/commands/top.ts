import { defineCommand, MydockerError, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container/container.ts";
import { processRows } from "../container/process-rows.ts";
import { renderTable } from "../format/table.ts";
import { print } from "../print.ts";

/** docker's table of processes has wider columns than its others. */
const COLUMN_WIDTH = 20;

export const command = defineCommand({
  summary: "Show the processes of a container, by their pids on the host",
  usage: "CONTAINER [PS-OPTIONS...]",
  examples: ["mydocker top web", "mydocker top web -o pid,stat,args"],
  flags: {},
  args: { min: 1 },
  flagsFirst: true,
  async run({ args: [name = "", ...options] }) {
    const { id, life } = requireContainer(hostPaths(), name);
    if (life.status !== "running") {
      throw new MydockerError(`container ${name} is not running`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    const result = await runProgram(siblingPath("mydocker-init"), ["ps", id, ...options]);
    if (result.code !== 0) throw programFailed(`top ${name}`, result, 1);
    print(renderTable(processRows(result.stdout), COLUMN_WIDTH));
    return 0;
  },
});
