import { expect, test } from "vitest";
import { type Listing, renderListing } from "./listing.ts";
import { renderTable } from "./table.ts";

const LISTING: Listing = {
  rows: [
    { ID: "0123456789ab", Image: "busybox", Names: () => "web" },
    { ID: "ba9876543210", Image: "registry.example:5000/a/long/name", Names: () => "db" },
  ],
  headings: { ID: "CONTAINER ID", Image: "IMAGE", Names: "NAMES" },
  columns: ["ID", "Image", "Names"],
  jsonFields: ["ID", "Names"],
};

test("a table has docker's widths", () => {
  expect(
    renderTable([
      ["A", "LONG HEADING", "C"],
      ["x", "y", "last is not padded"],
    ]),
  ).toBe("A         LONG HEADING   C\nx         y              last is not padded\n");
  expect(renderListing(LISTING, undefined)).toBe(
    [
      "CONTAINER ID   IMAGE                               NAMES",
      "0123456789ab   busybox                             web",
      "ba9876543210   registry.example:5000/a/long/name   db",
      "",
    ].join("\n"),
  );
  expect(renderListing({ ...LISTING, rows: [] }, "table")).toBe("CONTAINER ID   IMAGE     NAMES\n");
});

test("--format: a template a line, a table of a template, or JSON a line", () => {
  expect(renderListing(LISTING, "{{.ID}} {{.Names}}")).toBe("0123456789ab web\nba9876543210 db\n");
  expect(renderListing(LISTING, "table {{.Names}}\\t{{.ID}}")).toBe(
    "NAMES     CONTAINER ID\nweb       0123456789ab\ndb        ba9876543210\n",
  );
  expect(renderListing(LISTING, "json")).toBe(
    '{"ID":"0123456789ab","Names":"web"}\n{"ID":"ba9876543210","Names":"db"}\n',
  );
});

test("a template that cannot be read, and a field there is none of, exit with 1", () => {
  for (const format of ["{{.ID", "{{.Nope}}"]) {
    expect(() => renderListing(LISTING, format)).toThrow(expect.objectContaining({ exitCode: 1 }));
  }
});
