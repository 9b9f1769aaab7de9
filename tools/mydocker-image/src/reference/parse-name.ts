import { usageError } from "@mydocker/stage";
import { formatReference, parseReference } from "./reference.ts";

/** A name that is given to an image, normalised. */
export function parseName(text: string): string {
  const target = parseReference(text);
  if (target.digest !== undefined) throw usageError(`${text}: a digest cannot be given to an image`, "NAME[:TAG]");
  return formatReference(target);
}
