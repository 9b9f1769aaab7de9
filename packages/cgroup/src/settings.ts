/** One value for one file of one controller, wherever that controller is mounted. */
export interface Setting {
  /** The controller that has the file; undefined for files of cgroup v2 itself (`cgroup.max.depth`). */
  controller: string | undefined;
  file: string;
  value: string;
  /** See `FileWrite.orAfterNext`. */
  orAfterNext?: boolean;
  /** Where this kernel does not have the file: what is written in its place. */
  otherwise?: { file: string; value: string };
  /** Without the file nothing is lost: the value is what a kernel without it does anyway. */
  optional?: boolean;
  /** A file of the same cgroup with what is in use: a value below that is refused (`checkBeforeUpdate`). */
  notBelow?: string;
}

/** A setting where there is a value; JSON's null counts as none. */
export function given<T extends string | number>(
  controller: string,
  file: string,
  value: T | null | undefined,
  write: (value: T) => string = text,
): Setting[] {
  return value === undefined || value === null ? [] : [{ controller, file, value: write(value) }];
}

/** A 64-bit number in full: JavaScript rounds the last digits of what it prints of those beyond 2^53. */
export function text(value: string | number): string {
  return typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(value).toString() : String(value);
}
