/** How far a part of the work is. */
export interface PartState {
  /** As docker shows a layer. */
  name: string;
  /** `Downloading`. */
  what: string;
  done: number;
  total: number;
  /** Bytes that were there before it began: they tell nothing of the speed. */
  before: number;
  seconds: number;
}

const BAR = 20;

/** `928119a2ee0d  Downloading [=======>            ]  12.3 of 65.8 MB  10.1 MB/s  6 s left`, cut to a terminal's width. */
export function partText(part: PartState, width: number): string {
  const { name, what, done, total } = part;
  const share = total === 0 ? 1 : Math.min(done / total, 1);
  const filled = Math.round(share * BAR);
  const arrow = filled < BAR ? `${"=".repeat(filled)}>`.slice(-Math.max(filled, 1)) : "=".repeat(BAR);
  // All of it has come, and is not done with yet.
  const isDone = done >= total;
  const columns = [
    `${name}  ${(isDone ? "Finishing" : what).padEnd(11)} [${arrow.padEnd(BAR)}]`,
    `${megabytes(done)} of ${megabytes(total)} MB`,
    ...(isDone ? [] : [speedText(part)]),
  ];
  // Not the last column: a terminal may go to the next line by itself there.
  return columns.join("  ").slice(0, Math.max(width - 1, 0));
}

/** `10.1 MB/s  6 s left`. */
function speedText({ done, total, before, seconds }: PartState): string {
  const speed = seconds > 0 ? (done - before) / seconds : 0;
  if (speed <= 0) return "";
  return `${megabytes(speed)} MB/s  ${duration((total - done) / speed)} left`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** As docker counts: a million bytes. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
