const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines; what stands behind the last newline is kept for the next piece. */
export class LineSplitter {
  private kept: Buffer = Buffer.alloc(0);

  /** @returns the lines that are whole now, without their newlines */
  push(piece: Buffer): Buffer[] {
    const data = this.kept.length === 0 ? piece : Buffer.concat([this.kept, piece]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      lines.push(data.subarray(start, end));
      start = end + 1;
    }
    // A copy: the piece's memory is read into again.
    this.kept = Buffer.from(data.subarray(start));
    return lines;
  }
}
