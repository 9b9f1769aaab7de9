/**
 * What the store calls an image that has no name: one that was committed or imported without. Nobody can pull it: `.invalid` is a
 * domain that there never is (RFC 6761).
 */
const UNNAMED = "unnamed.invalid/image";

/** @param digest of the manifest */
export function unnamedReference(digest: string): string {
  return `${UNNAMED}@${digest}`;
}

export function isUnnamed(reference: string): boolean {
  return reference.startsWith(`${UNNAMED}@`);
}
