import { writeSync } from "node:fs";
import { print } from "../print.ts";

/** Lines at the end of what a terminal shows, drawn again and again in the same place. */
export class Screen {
  #height = 0;

  draw(lines: string[]): void {
    print(`${this.#back()}${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
    this.#height = lines.length;
  }

  /** Takes all of it away. A terminal that has gone needs nothing. */
  erase(): void {
    try {
      writeSync(1, `${this.#back()}\u001b[J`);
    } catch {}
    this.#height = 0;
  }

  /** A terminal of which nobody has said how large it is has 0 columns and rows. */
  size(): { columns: number; rows: number } {
    const { columns, rows } = process.stdout;
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** To the beginning of the first line. */
  #back(): string {
    return this.#height === 0 ? "\r" : `\r\u001b[${this.#height}A`;
  }
}
