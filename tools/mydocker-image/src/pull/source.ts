import { MydockerError, usageError } from "@mydocker/stage";
import { formatReference, parseReference, type Reference } from "../reference/reference.ts";

/** What is to be pulled, and what it is called in the store. */
export interface Source {
  reference: Reference;
  /** What skopeo calls it: `docker://…`, `dir:…` (containers-transports(5)). */
  location: string;
  isRegistry: boolean;
}

/** Those of skopeo's that are no registry; what has no name of its own in it needs one. */
const SOURCES = ["docker-archive", "docker-daemon", "oci-archive", "oci", "dir"];

/**
 * Reads what somebody types behind `pull`.
 *
 * @param name what it is to be called
 * @throws MydockerError `USAGE`
 */
export function parseSource(text: string, name: string | undefined, transport: "native" | "skopeo"): Source {
  const kind = SOURCES.find((each) => text.startsWith(`${each}:`));
  if (kind !== undefined && transport === "skopeo") {
    const reference = parseReference(name ?? ownName(kind, text));
    return { reference, location: text, isRegistry: false };
  }
  const image = text.replace(/^docker:\/\//, "");
  try {
    const from = parseReference(image);
    if (name !== undefined) throw usageError("a name of its own is for what comes from no registry", "mydocker tag");
    return { reference: from, location: `docker://${formatReference(from)}`, isRegistry: true };
  } catch (error) {
    // `dir:latest` could be an image, but this is none.
    if (kind === undefined || !(error instanceof MydockerError) || name !== undefined) throw error;
    throw usageError(`${JSON.stringify(text.slice(0, 100))}: ${kind}: is skopeo's`, `--transport skopeo ${text}`);
  }
}

/** The name that skopeo's own words have: `docker-daemon:app:1`, `docker-archive:/some/file.tar:app:1`. */
function ownName(kind: string, text: string): string {
  const rest = text.slice(kind.length + 1);
  if (kind === "docker-daemon" && !rest.startsWith("sha256:")) return rest;
  const colon = rest.indexOf(":");
  if (kind === "docker-archive" && colon !== -1 && !rest.startsWith("@", colon + 1)) return rest.slice(colon + 1);
  throw usageError(`${text}: expected a name for it`, `mydocker-image pull --transport skopeo ${text} NAME`);
}
