/** Exit codes a docker user expects (design section 6). */
export const EXIT = {
  /** mydocker itself failed. */
  failed: 125,
  cannotInvoke: 126,
  notFound: 127,
} as const;

export interface ErrorDetails {
  /** Stable name of the kind of failure, for programs: `PORT_TAKEN`. */
  code: string;
  /** What to try, without a leading "try": shown behind the message. */
  hint?: string;
  /** Exit code of the process; 125 unless told. */
  exitCode?: number;
  cause?: unknown;
}

/**
 * A failure that a person should read as one line: *what* failed, *on what* and *why* in the message, *what to try* in
 * the hint. Everything a tool throws on purpose is one of these; anything else is a defect and says so.
 */
export class MydockerError extends Error {
  override readonly name = "MydockerError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.hint = details.hint;
    this.exitCode = details.exitCode ?? EXIT.failed;
  }
}

/** A flag, argument or document that is not what was expected. */
export function usageError(message: string, hint?: string): MydockerError {
  return new MydockerError(message, hint === undefined ? { code: "USAGE" } : { code: "USAGE", hint });
}

/** errno name of a Node file-system or spawn error (`ENOENT`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Runs `work`, and returns undefined where it fails with one of the errno names. */
export function unlessErrno<T>(names: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (names.includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** Wraps an unexpected system error: `wrapped("create /x", error)` reads "create /x: EACCES: permission denied …". */
export function systemError(what: string, error: unknown, hint?: string): MydockerError {
  const why = error instanceof Error ? error.message : String(error);
  const code = errnoOf(error) ?? "SYSTEM";
  return new MydockerError(
    `${what}: ${why}`,
    hint === undefined ? { code, cause: error } : { code, hint, cause: error },
  );
}
