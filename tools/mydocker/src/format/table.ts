/**
 * docker's tables: Go's tabwriter, three columns between cells; the last is not padded.
 *
 * @param least how wide a cell is at least
 */
export function renderTable(rows: string[][], least = 10): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? least, displayWidth(cell) + 3);
    });
  }
  return rows.map((row) => `${renderRow(row, widths)}\n`).join("");
}

function renderRow(row: string[], widths: number[]): string {
  return row
    .map((cell, column) => {
      const padding = column === row.length - 1 ? 0 : (widths[column] ?? 0) - displayWidth(cell);
      return cell + " ".repeat(padding);
    })
    .join("");
}

/** What sets a colour takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const COLOUR = /\u001b\[[\d;]*m/g;

/** How many columns a text takes in a terminal, colours left out. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const _character of text.includes("\u001b") ? text.replace(COLOUR, "") : text) width += 1;
  return width;
}
