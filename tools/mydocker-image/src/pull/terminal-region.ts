import { writeSync } from "node:fs";

/** Ten times in a second are smooth, and cost nothing. */
const INTERVAL = 100;
const USUAL_WIDTH = 80;
const ERASE_BELOW = "\u001b[J";

/** Lines at the end of what a terminal shows, drawn again and again; what is said meanwhile scrolls by above. */
export class TerminalRegion {
  readonly #draw: (width: number) => string[];
  readonly #timer: NodeJS.Timeout;
  #height = 0;

  /** @returns undefined where stderr is no terminal, or one that cannot go back */
  static open(draw: (width: number) => string[]): TerminalRegion | undefined {
    const isTerminal = process.getBuiltinModule("node:tty").isatty(2) && process.env.TERM !== "dumb";
    return isTerminal ? new TerminalRegion(draw) : undefined;
  }

  private constructor(draw: (width: number) => string[]) {
    this.#draw = draw;
    this.#timer = setInterval(() => this.#redraw(), INTERVAL);
    this.#timer.unref();
  }

  /** Lets something else write whole lines. */
  above(write: () => void): void {
    this.#erase();
    write();
    this.#redraw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #redraw(): void {
    const { columns, rows } = process.stderr;
    // What does not fit would scroll away, and could not be gone back to.
    const lines = this.#draw(columns ?? USUAL_WIDTH).slice(0, Math.max((rows ?? Number.POSITIVE_INFINITY) - 1, 1));
    const back = this.#height === 0 ? "" : `\u001b[${this.#height}A\r`;
    if (lines.length > 0 || this.#height > 0) put(`${back}${ERASE_BELOW}${lines.map((line) => `${line}\n`).join("")}`);
    this.#height = lines.length;
  }

  #erase(): void {
    if (this.#height > 0) put(`\u001b[${this.#height}A\r${ERASE_BELOW}`);
    this.#height = 0;
  }
}

/** A terminal that has gone, or that takes nothing now, is no reason to fail: the next drawing is as good. */
function put(text: string): void {
  try {
    writeSync(2, text);
  } catch {}
}
