import { constants } from "node:os";
import { isatty } from "node:tty";
import type { UsageRound } from "@mydocker/cgroup";
import { defineCommand } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { type Container, listContainers, readContainer, requireContainer } from "../container/container.ts";
import { renderListing } from "../format/listing.ts";
import { print } from "../print.ts";
import { figuresOf, NOTHING } from "../stats/figures.ts";
import { type ShownContainer, STATS_COLUMNS, STATS_HEADINGS, statsRow } from "../stats/row.ts";
import { Screen } from "../stats/screen.ts";
import { fitting, liveTable, type StatsLine } from "../stats/table.ts";
import { watchUsage } from "../stats/watch-usage.ts";

export const command = defineCommand({
  summary: "Show what containers use: processors, memory, network, disks and processes",
  usage: "[OPTIONS] [CONTAINER...]",
  examples: [
    "mydocker stats",
    "mydocker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}}'",
    "mydocker stats --format json web | jq .CPUPerc",
  ],
  flags: {
    all: { type: "boolean", short: "a", description: "Show those that do not run, too" },
    "no-stream": { type: "boolean", description: "Show it once, of a second's measurement" },
    "no-trunc": { type: "boolean", description: "Show ids whole" },
    format: { type: "string", value: "table|json|TEMPLATE", description: "Go template for each line" },
  },
  args: { min: 0 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const named = args.map((asked) => ({ asked, id: requireContainer(paths, asked).id }));
    const show = shower(flags);
    let before: UsageRound | undefined;
    for await (const round of watchUsage()) {
      const lines = linesOf(paths, named, flags, before, round);
      if (named.length > 0 && lines.length === 0) return 0;
      if (!flags["no-stream"] || before !== undefined) show(lines);
      if (flags["no-stream"] && before !== undefined) return 0;
      before = round;
    }
    return 0;
  },
});

interface StatsFlags {
  all: boolean;
  "no-trunc": boolean;
  "no-stream": boolean;
  format: string | undefined;
}

function linesOf(
  paths: HostPaths,
  named: { asked: string; id: string }[],
  flags: StatsFlags,
  before: UsageRound | undefined,
  round: UsageRound,
): StatsLine[] {
  const shown =
    named.length > 0
      ? named.flatMap(({ asked, id }) => shownContainer(readContainer(paths, id), asked))
      : listContainers(paths, flags.all ? "all" : "running").flatMap((container) => shownContainer(container));
  return shown.map((container) => {
    const figures = figuresOf(before, round, container.id) ?? NOTHING;
    return { figures, row: statsRow(container, figures, !flags["no-trunc"]) };
  });
}

/** None for one that was removed meanwhile. */
function shownContainer(container: Container | undefined, asked?: string): ShownContainer[] {
  if (container === undefined) return [];
  const { id, record } = container;
  return [{ id, name: record.name, asked: asked ?? id }];
}

/** In a terminal always in the same place, and gone with Ctrl-C; else, and once, below what was there. */
function shower(flags: StatsFlags): (lines: StatsLine[]) => void {
  const plain = (lines: StatsLine[]): string =>
    renderListing(
      { rows: lines.map(({ row }) => row), headings: STATS_HEADINGS, columns: STATS_COLUMNS },
      flags.format,
    );
  // A template that cannot be read is refused before anything is measured.
  plain([]);
  if (flags["no-stream"] || !isatty(1) || process.env.TERM === "dumb") return (lines) => print(plain(lines));
  const screen = new Screen();
  endWithoutTrace(screen);
  const hasBars = flags.format === undefined && (process.env.NO_COLOR ?? "") === "";
  return (lines) => {
    const size = screen.size();
    screen.draw(hasBars ? liveTable(lines, size) : fitting(plain(lines).trimEnd().split("\n"), size));
  };
}

function endWithoutTrace(screen: Screen): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      screen.erase();
      process.exit(128 + constants.signals[signal]);
    });
  }
}
