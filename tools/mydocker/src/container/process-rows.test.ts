import { expect, it } from "vitest";
import { renderTable } from "../format/table.ts";
import { processRows } from "./process-rows.ts";

const LISTING = `UID          PID    PPID  C CMD
root        4711    4700  0 sh -c  echo a;   sleep 1
root        4712    4711  0 sleep 1
`;

it("keeps a command line together, and shows it as docker does", () => {
  expect(processRows(LISTING)).toEqual([
    ["UID", "PID", "PPID", "C", "CMD"],
    ["root", "4711", "4700", "0", "sh -c echo a; sleep 1"],
    ["root", "4712", "4711", "0", "sleep 1"],
  ]);
  expect(renderTable(processRows(LISTING), 20).split("\n")[1]).toBe(
    "root                4711                4700                0                   sh -c echo a; sleep 1",
  );
});

it("one column is all command", () => {
  expect(processRows("PID\n1\n")).toEqual([["PID"], ["1"]]);
});
