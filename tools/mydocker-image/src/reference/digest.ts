import { MydockerError } from "@mydocker/stage";

/**
 * The hex part of a digest, fit to be a file's name. Anything but sha256 and 64 hex digits is refused before it becomes a
 * path (CVE-2014-9358, CVE-2024-3727).
 *
 * @param what names the document the digest stands in, for the message
 */
export function digestHex(digest: unknown, what: string): string {
  const hex = typeof digest === "string" ? /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1] : undefined;
  if (hex !== undefined) return hex;
  const shown = JSON.stringify(digest)?.slice(0, 100) ?? "nothing";
  throw new MydockerError(`${what}: expected a digest, sha256: and 64 hex digits, got ${shown}`, {
    code: "BAD_DIGEST",
  });
}
