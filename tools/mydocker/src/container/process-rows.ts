/**
 * The table of ps(1) as cells: all but the last column are words. Only the last, which is a command line, may have spaces.
 *
 * @param listing its heading and a line for each process
 */
export function processRows(listing: string): string[][] {
  const lines = listing.split("\n").filter((line) => line.trim() !== "");
  const columns = words(lines[0] ?? "").length;
  return lines.map((line) => {
    const cells = words(line);
    return [...cells.slice(0, columns - 1), cells.slice(columns - 1).join(" ")];
  });
}

function words(line: string): string[] {
  return line.trim().split(/\s+/);
}
