import { MydockerError } from "@mydocker/stage";
import type { Platform } from "../pull/platform.ts";
import { type Descriptor, parseDescriptor, parseRecord } from "../store/documents.ts";

export const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
export const INDEX_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** What a registry has under a name: an image, or several to choose from. */
export type Manifested = { kind: "image"; mediaType: string } | { kind: "index"; choices: Choice[] };

export interface Choice {
  descriptor: Descriptor;
  os: string;
  architecture: string;
  variant: string;
}

/** docker's build puts what it says of an image beside it, for a platform that nobody has. */
const ATTESTATION = "vnd.docker.reference.type";

/**
 * Reads what a registry has sent as a manifest.
 *
 * @param contentType what it was sent as
 * @throws MydockerError for what can be read as one thing and as another (CVE-2021-41190)
 */
export function parseManifested(text: string, contentType: string, what: string): Manifested {
  const value = parseRecord(text, what);
  const said = typeof value.mediaType === "string" ? value.mediaType : undefined;
  const sent = contentType.split(";")[0]?.trim() ?? "";
  const known = [...MANIFEST_TYPES, ...INDEX_TYPES];
  if (said !== undefined && known.includes(sent) && said !== sent) {
    throw bad(`${what}: it says it is "${said}", and was sent as "${sent}"`);
  }
  if ("manifests" in value && ("layers" in value || "config" in value))
    throw bad(`${what}: an index and an image in one`);
  const mediaType = said ?? sent;
  if (INDEX_TYPES.includes(mediaType)) {
    const manifests = Array.isArray(value.manifests) ? value.manifests : [];
    return {
      kind: "index",
      choices: manifests.flatMap((each, index) => parseChoice(each, `${what}: manifests[${index}]`)),
    };
  }
  if (MANIFEST_TYPES.includes(mediaType)) return { kind: "image", mediaType };
  throw bad(`${what}: a document of the kind ${JSON.stringify(mediaType.slice(0, 100))} is not an image`);
}

function parseChoice(value: unknown, what: string): Choice[] {
  const descriptor = parseDescriptor(value, what);
  const { platform } = value as { platform?: { os?: unknown; architecture?: unknown; variant?: unknown } };
  if (descriptor.annotations?.[ATTESTATION] !== undefined) return [];
  const text = (part: unknown): string => (typeof part === "string" ? part : "");
  const choice = {
    os: text(platform?.os),
    architecture: text(platform?.architecture),
    variant: text(platform?.variant),
  };
  return choice.os === "unknown" ? [] : [{ descriptor, ...choice }];
}

/** The one for a platform; undefined where there is none. */
export function chooseManifest(choices: Choice[], wanted: Platform): Descriptor | undefined {
  const fitting = choices.filter(({ os, architecture }) => os === wanted.os && architecture === wanted.architecture);
  const variant = wanted.variant ?? DEFAULT_VARIANTS[wanted.architecture] ?? "";
  const exact = fitting.find((choice) => choice.variant === variant);
  if (exact !== undefined) return exact.descriptor;
  return wanted.variant === undefined ? fitting[0]?.descriptor : undefined;
}

const DEFAULT_VARIANTS: Record<string, string> = { arm: "v7" };

/** This host's, in the words of images. */
export function hostPlatform(): Platform {
  const names: Record<string, string> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };
  return { os: "linux", architecture: names[process.arch] ?? process.arch };
}

function bad(message: string): MydockerError {
  return new MydockerError(message, { code: "BAD_IMAGE" });
}
