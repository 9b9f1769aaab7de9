import { constants } from "node:os";
import { writeBytes } from "./write-bytes.ts";

/** Writes to stdout, all of it, before anything else happens. Where nobody reads any more, it ends us, as SIGPIPE would. */
export function print(text: string): void {
  if (!writeBytes(1, Buffer.from(text, "utf8"))) process.exit(128 + constants.signals.SIGPIPE);
}
