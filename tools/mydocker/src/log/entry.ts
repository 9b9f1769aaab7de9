/** One entry of the log: a line of output, or a part of one (CRI log format). */
export interface LogEntry {
  /** RFC 3339 with nanoseconds. */
  time: string;
  stream: "stdout" | "stderr";
  /** The line of output ends here. */
  full: boolean;
  /** As the container wrote it, without the newline. */
  content: Buffer;
}

/**
 * Reads one line of the log: `2026-01-31T12:00:00.123456789Z stdout F text`.
 *
 * @param line without its newline
 * @returns undefined for what is not an entry: the last line of a log whose writer was killed, say
 */
export function parseEntry(line: Buffer): LogEntry | undefined {
  // The head is ASCII; the content may be any bytes, so it must not become a string.
  const head = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?: |$)/.exec(
    line.toString("latin1", 0, 60),
  );
  if (head === null) return undefined;
  const [text, time = "", stream, tag] = head;
  return {
    time,
    stream: stream === "stderr" ? "stderr" : "stdout",
    full: tag === "F",
    content: line.subarray(text.length),
  };
}
