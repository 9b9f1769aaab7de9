import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineCommand, unlessErrno, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, hostPaths } from "@mydocker/state";
import { readContainer, requireContainer } from "../container/container.ts";
import { parseMoment } from "../log/moment.ts";
import { LogPrinter } from "../log/printer.ts";
import { tailOffset } from "../log/tail.ts";

/** How long a line that was written may wait before `-f` shows it. */
const FOLLOW_MILLISECONDS = 25;

export const command = defineCommand({
  summary: "Show what a container has written to stdout and stderr",
  usage: "[OPTIONS] CONTAINER",
  examples: ["mydocker logs -f web", "mydocker logs --tail 20 -t web"],
  flags: {
    follow: { type: "boolean", short: "f", description: "Go on until the container ends" },
    tail: { type: "string", short: "n", value: "NUMBER|all", description: "Show only the last lines" },
    timestamps: { type: "boolean", short: "t", description: "Show when each line was written" },
    since: { type: "string", value: "TIME", description: "Only lines after this: 2026-01-31T12:00:00Z, or 10m ago" },
    until: { type: "string", value: "TIME", description: "Only lines before this" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [name = ""] }) {
    const now = Date.now();
    const since = flags.since === undefined ? undefined : parseMoment("--since", flags.since, now);
    const until = flags.until === undefined ? undefined : parseMoment("--until", flags.until, now);
    const count = parseTail(flags.tail);
    const paths = hostPaths();
    const { id } = requireContainer(paths, name);
    const isLive = (): boolean => {
      const life = readContainer(paths, id)?.life;
      return life !== undefined && life.exit === undefined && ["building", "created", "running"].includes(life.status);
    };
    const log = join(containerDirectory(paths, id), CONTAINER_FILE.log);
    const open = (): number | undefined => unlessErrno(["ENOENT"], () => openSync(log, "r"));
    let descriptor = open();
    while (descriptor === undefined && flags.follow && isLive()) {
      await sleep(FOLLOW_MILLISECONDS);
      descriptor = open();
    }
    if (descriptor === undefined) return 0;
    try {
      const start = count === undefined ? 0 : tailOffset(descriptor, fstatSync(descriptor).size, count);
      const printer = new LogPrinter(descriptor, start, { timestamps: flags.timestamps, since, until });
      // Whether it lives is asked before reading: what was written until it ended is then in what is read.
      for (let live = flags.follow && isLive(); printer.printAvailable() && live; live = isLive()) {
        await sleep(FOLLOW_MILLISECONDS);
      }
      printer.printAvailable();
    } finally {
      closeSync(descriptor);
    }
    return 0;
  },
});

/** @returns undefined for all lines */
function parseTail(text: string | undefined): number | undefined {
  if (text === undefined || text === "all" || text === "-1") return undefined;
  if (!/^\d{1,12}$/.test(text)) throw usageError(`--tail: expected a number or all, got "${text}"`);
  return Number(text);
}
