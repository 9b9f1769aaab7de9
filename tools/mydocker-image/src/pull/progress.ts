import { info, logOptions, warn } from "@mydocker/stage";
import { megabytes, partText } from "./progress-text.ts";
import { TerminalRegion } from "./terminal-region.ts";

/** How often an event tells how far a part is, in milliseconds. */
const EVENT_INTERVAL = 1000;

/**
 * What a person sees of a pull or push: at a terminal a bar for each part that is at work; elsewhere a line when one begins and one when
 * it has ended, and nothing in between; with `--log-format json` events, which tell how far it is, too.
 */
export class Progress {
  readonly #isQuiet: boolean;
  readonly #region: TerminalRegion | undefined;
  readonly #parts = new Set<Part>();
  #timer: NodeJS.Timeout | undefined;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
    const isText = logOptions().format === "text";
    if (!isQuiet && isText) this.#region = TerminalRegion.open((width) => this.#draw(width));
  }

  /** @param fields what an event has besides */
  line(text: string, fields: Record<string, string | number> = {}): void {
    if (this.#isQuiet) return;
    if (this.#region === undefined) info(text, fields);
    else this.#region.above(() => info(text));
  }

  /** Is said to who wants no progress, too. */
  warn(text: string): void {
    if (this.#region === undefined) warn(text);
    else this.#region.above(() => warn(text));
  }

  /**
   * Begins a part of the work.
   *
   * @param what `Downloading`
   * @param total bytes that are to come
   */
  begin(name: string, what: string, total: number): Part {
    const part = new Part(name, what, total, (text, status) => {
      this.drop(part);
      this.line(`${name}: ${text}`, { event: "end", id: name, status, current: part.done, total });
    });
    this.#parts.add(part);
    // At a terminal the bar says so.
    if (this.#region === undefined) {
      this.line(`${name}: ${megabytes(total)} MB`, { event: "begin", id: name, status: what.toLowerCase(), total });
    }
    if (!this.#isQuiet && logOptions().format === "json") {
      this.#timer ??= setInterval(() => this.#tell(), EVENT_INTERVAL);
      this.#timer.unref();
    }
    return part;
  }

  /** It has failed, which somebody else will say. */
  drop(part: Part): void {
    this.#parts.delete(part);
    if (this.#parts.size === 0) this.#stopTimer();
  }

  stop(): void {
    this.#parts.clear();
    this.#stopTimer();
    this.#region?.close();
  }

  #draw(width: number): string[] {
    return [...this.#parts].map((part) => partText(part.state(), width));
  }

  #tell(): void {
    for (const { name, what, done, total } of this.#parts) {
      const fields = { event: "progress", id: name, status: what.toLowerCase(), current: done, total };
      info(`${name}: ${megabytes(done)} of ${megabytes(total)} MB`, fields);
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A part of the work: a layer. */
export class Part {
  readonly name: string;
  readonly what: string;
  readonly total: number;
  readonly #ended: (text: string, status: string) => void;
  readonly #begin = Date.now();
  #before = 0;
  done = 0;

  constructor(name: string, what: string, total: number, ended: (text: string, status: string) => void) {
    this.name = name;
    this.what = what;
    this.total = total;
    this.#ended = ended;
  }

  /** So many bytes more. */
  add(bytes: number): void {
    this.done += bytes;
  }

  /** So many bytes more, which had come before. */
  addKnown(bytes: number): void {
    this.done += bytes;
    this.#before += bytes;
  }

  get seconds(): number {
    return (Date.now() - this.#begin) / 1000;
  }

  /** @param status for events: `done` */
  end(text: string, status: string): void {
    this.#ended(text, status);
  }

  state() {
    const { name, what, done, total, seconds } = this;
    return { name, what, done, total, seconds, before: this.#before };
  }
}

/** The same, while what passes is counted. */
export async function* counted(source: AsyncIterable<Buffer>, part: Part): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    part.add(chunk.length);
    yield chunk;
  }
}
