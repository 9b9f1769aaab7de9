import type { Row } from "../format/listing.ts";
import { displayWidth, renderTable } from "../format/table.ts";
import { bar } from "./bar.ts";
import type { Figures } from "./figures.ts";
import { STATS_COLUMNS, STATS_HEADINGS } from "./row.ts";

export interface StatsLine {
  row: Row;
  figures: Figures;
}

/** Room for `199.99%`, so that bars stand in a line. */
const PERCENT_WIDTH = 8;

/** The lines of the table with bars for processors and memory, or without them where the terminal is too narrow for that. */
export function liveTable(lines: StatsLine[], size: { columns: number; rows: number }): string[] {
  const withBars = tableLines(lines, true);
  const chosen = withBars.every((line) => displayWidth(line) <= size.columns) ? withBars : tableLines(lines, false);
  return fitting(chosen, size);
}

/** What does not fit would break lines, or scroll away, and could not be gone back to. */
export function fitting(lines: string[], { columns, rows }: { columns: number; rows: number }): string[] {
  const room = Math.max(rows - 1, 1);
  // Lines with bars alone have colours, and those are never cut.
  return lines
    .slice(0, room)
    .map((line) => (displayWidth(line) <= columns ? line : [...line].slice(0, columns).join("")));
}

function tableLines(lines: StatsLine[], bars: boolean): string[] {
  const cells = lines.map(({ row, figures }) =>
    STATS_COLUMNS.map((column) => cell(column, row, bars ? figures : undefined)),
  );
  const headings: Record<string, string> = STATS_HEADINGS;
  return renderTable([STATS_COLUMNS.map((column) => headings[column] ?? ""), ...cells])
    .trimEnd()
    .split("\n");
}

function cell(column: string, row: Row, figures: Figures | undefined): string {
  const text = String(row[column]);
  if (figures === undefined || (column !== "CPUPerc" && column !== "MemPerc")) return text;
  return `${text.padEnd(PERCENT_WIDTH)}${bar((column === "CPUPerc" ? figures.cpuShare : figures.memory?.share) ?? 0)}`;
}
