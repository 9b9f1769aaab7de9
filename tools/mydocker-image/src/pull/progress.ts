import { writeSync } from "node:fs";
import { info, logOptions } from "@mydocker/stage";

/** What a person sees of a pull: a line for each thing that is done, and, at a terminal, one that tells how far it is. */
export class Progress {
  readonly #isQuiet: boolean;
  readonly #isTerminal: boolean;
  readonly #begin = Date.now();
  #total = 0;
  #done = 0;
  #timer: NodeJS.Timeout | undefined;
  #width = 0;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
    this.#isTerminal = !isQuiet && logOptions().format === "text" && process.getBuiltinModule("node:tty").isatty(2);
  }

  /** So many bytes are to come. */
  expect(bytes: number): void {
    this.#total += bytes;
    if (!this.#isTerminal || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#draw(), 200);
    this.#timer.unref();
  }

  /** So many have come. */
  add(bytes: number): void {
    this.#done += bytes;
  }

  line(text: string): void {
    if (this.#isQuiet) return;
    this.#clear();
    info(text);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    const text = progressText(this.#done, this.#total, (Date.now() - this.#begin) / 1000);
    writeSync(2, `\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  #clear(): void {
    if (this.#width === 0) return;
    writeSync(2, `\r${" ".repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

/** `12.3 of 45.6 MB, 10.1 MB/s, 3 s left`. */
export function progressText(done: number, total: number, seconds: number): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const speed = seconds > 0 ? done / seconds : 0;
  const left = speed > 0 ? `, ${Math.ceil((total - done) / speed)} s left` : "";
  return `${megabytes(done)} of ${megabytes(total)} MB, ${megabytes(speed)} MB/s${left}`;
}
