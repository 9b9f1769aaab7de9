import { renderTable } from "./table.ts";
import { compileTemplate } from "./template.ts";
import { TemplateSyntaxError } from "./template-parse.ts";

/** What `--format` can ask of one line: values, or functions that fetch them when asked. */
export type Row = Record<string, unknown>;

export interface Listing {
  rows: Row[];
  /** Field → heading, for every field that may be a column. */
  headings: Record<string, string>;
  /** Fields of the table when nobody asks for others. */
  columns: string[];
  /** Fields that `--format json` shows, where they are others than those that have a heading. */
  jsonFields?: string[];
}

/**
 * Lists rows as docker does: as a table, with `table TEMPLATE`, one filled-in template a line, or one JSON object a line.
 *
 * @throws MydockerError for a template that cannot be read (exit code 1), or that asks for a field there is none of
 */
export function renderListing(listing: Listing, format: string | undefined): string {
  if (format === "json") {
    const fields = listing.jsonFields ?? Object.keys(listing.headings).sort();
    return listing.rows.map((row) => `${toJsonLine(row, fields)}\n`).join("");
  }
  if (format === undefined || format === "table") return renderColumns(listing);
  if (/^table\s/.test(format)) return renderTemplateTable(listing, format.slice("table".length).trim());
  const template = compile(format);
  return listing.rows.map((row) => `${template(row)}\n`).join("");
}

/** Without a template: a thousand rows are read in a few milliseconds. */
function renderColumns({ rows, headings, columns }: Listing): string {
  const heading = columns.map((column) => headings[column] ?? "");
  return renderTable([heading, ...rows.map((row) => columns.map((column) => String(readField(row, column))))]);
}

function readField(row: Row, field: string): unknown {
  const value = row[field];
  return typeof value === "function" ? value() : value;
}

function renderTemplateTable({ rows, headings }: Listing, format: string): string {
  const template = compile(format);
  return renderTable([headings, ...rows].map((row) => template(row).split("\t")));
}

/** Only `inspect` has an exit code of its own for a template that cannot be read. */
function compile(format: string): (data: unknown) => string {
  try {
    return compileTemplate(format);
  } catch (error) {
    if (error instanceof TemplateSyntaxError) throw error.withExitCode(1);
    throw error;
  }
}

function toJsonLine(row: Row, fields: string[]): string {
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field, readField(row, field)])));
}
