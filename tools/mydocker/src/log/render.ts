import type { LogEntry } from "./entry.ts";

export interface RenderOptions {
  timestamps: boolean;
  /** Milliseconds since 1970; entries outside are left out. */
  since: number | undefined;
  until: number | undefined;
}

/** Turns entries back into what the container wrote, with a timestamp in front of each line where that is wanted. */
export class LogRenderer {
  private readonly options: RenderOptions;
  private readonly withinLine = { stdout: false, stderr: false };

  constructor(options: RenderOptions) {
    this.options = options;
  }

  /** @returns the bytes for the entry's stream; none for an entry that is left out */
  render({ time, stream, full, content }: LogEntry): Buffer {
    const { timestamps, since, until } = this.options;
    const begins = !this.withinLine[stream];
    this.withinLine[stream] = !full;
    if (since !== undefined && Date.parse(time) < since) return Buffer.alloc(0);
    if (until !== undefined && Date.parse(time) > until) return Buffer.alloc(0);
    return Buffer.concat([Buffer.from(timestamps && begins ? `${time} ` : ""), content, Buffer.from(full ? "\n" : "")]);
  }
}
