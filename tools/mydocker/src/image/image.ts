import { MydockerError, programFailed, runProgram, siblingPath } from "@mydocker/stage";

/** One reference in the image store, as `mydocker-image list` tells it. */
export interface Image {
  /** Normalised: `docker.io/library/busybox:latest`. */
  reference: string;
  /** Digest of the config: `sha256:…`. */
  id: string;
  /** Digest of the manifest. */
  digest: string;
  /** Bytes on disk, unpacked. */
  size: number;
  /** RFC 3339. */
  created: string;
}

export async function listImages(): Promise<Image[]> {
  const result = await runProgram(siblingPath("mydocker-image"), ["list"]);
  if (result.code !== 0) throw programFailed("list images", result);
  const list: unknown = JSON.parse(result.stdout);
  if (!Array.isArray(list)) {
    throw new MydockerError("mydocker-image list: expected a JSON array", { code: "BAD_LIST" });
  }
  return list as Image[];
}

/** What docker calls an image: without the registry and namespace that are understood. */
export function familiarName(reference: string): { repository: string; tag: string } {
  if (isUnnamed(reference)) return { repository: "<none>", tag: "<none>" };
  const withoutDigest = reference.split("@")[0] ?? "";
  const slash = withoutDigest.lastIndexOf("/");
  const colon = withoutDigest.indexOf(":", slash + 1);
  const name = colon === -1 ? withoutDigest : withoutDigest.slice(0, colon);
  return {
    repository: name.replace(/^docker\.io\/(library\/)?/, ""),
    tag: colon === -1 ? "<none>" : withoutDigest.slice(colon + 1),
  };
}

/** The twelve digits that listings show of an id. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** An image that was committed or imported without a name: mydocker-image's own name for it is nobody's to know. */
export function isUnnamed(reference: string): boolean {
  return reference.startsWith("unnamed.invalid/");
}
