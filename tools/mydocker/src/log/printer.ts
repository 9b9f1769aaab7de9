import { readSync } from "node:fs";
import { writeBytes } from "../write-bytes.ts";
import { parseEntry } from "./entry.ts";
import { LineSplitter } from "./line-splitter.ts";
import { LogRenderer, type RenderOptions } from "./render.ts";

const BLOCK = 256 * 1024;

/** Reads a log from an offset on and writes each entry to the stream it came from. */
export class LogPrinter {
  private readonly descriptor: number;
  private offset: number;
  private readonly splitter = new LineSplitter();
  private readonly renderer: LogRenderer;
  private readonly block = Buffer.alloc(BLOCK);

  constructor(descriptor: number, offset: number, options: RenderOptions) {
    this.descriptor = descriptor;
    this.offset = offset;
    this.renderer = new LogRenderer(options);
  }

  /**
   * Prints what the log has by now.
   *
   * @returns false when nobody reads our output any more
   */
  printAvailable(): boolean {
    for (;;) {
      const length = readSync(this.descriptor, this.block, 0, BLOCK, this.offset);
      if (length === 0) return true;
      this.offset += length;
      if (!this.print(this.splitter.push(this.block.subarray(0, length)))) return false;
    }
  }

  /** Neighbours of one stream are written together: one system call for many lines. */
  private print(lines: Buffer[]): boolean {
    let stream: "stdout" | "stderr" = "stdout";
    let pending: Buffer[] = [];
    const flush = (): boolean => {
      const written = writeBytes(stream === "stdout" ? 1 : 2, Buffer.concat(pending));
      pending = [];
      return written;
    };
    for (const line of lines) {
      const entry = parseEntry(line);
      if (entry === undefined) continue;
      if (entry.stream !== stream && !flush()) return false;
      stream = entry.stream;
      pending.push(this.renderer.render(entry));
    }
    return flush();
  }
}
