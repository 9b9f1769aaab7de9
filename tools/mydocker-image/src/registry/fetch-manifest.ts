import { createHash } from "node:crypto";
import { MydockerError } from "@mydocker/stage";
import type { Platform } from "../pull/platform.ts";
import { digestHex } from "../reference/digest.ts";
import { familiarReference } from "../reference/reference.ts";
import type { Descriptor } from "../store/documents.ts";
import { DOCUMENT_LIMIT } from "../store/read-blob.ts";
import { chooseManifest, hostPlatform, INDEX_TYPES, MANIFEST_TYPES, parseManifested } from "./choose-manifest.ts";
import type { RegistryClient } from "./client.ts";
import { notARegistry } from "./failure.ts";
import { readAll } from "./request.ts";

export interface FetchedManifest {
  descriptor: Descriptor;
  /** As they came: the digest is of these. */
  bytes: Buffer;
}

/** An index may name an index, but not for ever. */
const MAXIMUM_DEPTH = 3;

/** The manifest of the image that is meant, through as many indexes as there are. */
export async function fetchManifest(client: RegistryClient, platform: Platform | undefined): Promise<FetchedManifest> {
  const { tag, digest } = client.reference;
  let wanted = digest ?? tag ?? "latest";
  for (let depth = 0; depth < MAXIMUM_DEPTH; depth += 1) {
    const { bytes, contentType, found } = await fetchDocument(client, wanted);
    const text = bytes.toString("utf8");
    const manifested = parseManifested(text, contentType, `manifest ${wanted}`);
    if (manifested.kind === "image") {
      return { descriptor: { mediaType: manifested.mediaType, digest: found, size: bytes.length }, bytes };
    }
    const chosen = chooseManifest(manifested.choices, platform ?? hostPlatform());
    if (chosen === undefined) throw noPlatform(client, platform ?? hostPlatform());
    wanted = chosen.digest;
  }
  throw new MydockerError(`manifest ${wanted}: an index in an index in an index`, { code: "BAD_IMAGE" });
}

async function fetchDocument(client: RegistryClient, wanted: string) {
  const accept = [...MANIFEST_TYPES, ...INDEX_TYPES].join(", ");
  const answer = await client.request("manifest", `manifests/${wanted}`, [200], { headers: { Accept: accept } });
  const contentType = answer.headers.get("content-type") ?? "";
  if (/^text\/html/i.test(contentType)) {
    answer.discard();
    throw notARegistry(client.reference.registry);
  }
  const bytes = await readAll(answer.body, DOCUMENT_LIMIT, () => {
    return new MydockerError(`manifest ${wanted}: more than ${DOCUMENT_LIMIT} bytes`, { code: "BAD_IMAGE" });
  });
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const said = answer.headers.get("docker-content-digest");
  const expected = wanted.includes(":") ? wanted : said;
  if (expected !== null && digestHex(expected, "manifest") !== digestHex(found, "manifest")) {
    throw new MydockerError(`manifest ${expected}: its content is another`, { code: "BAD_DIGEST", hint: "again" });
  }
  if (!/^\s*\{/.test(bytes.toString("latin1", 0, 64))) throw notARegistry(client.reference.registry);
  return { bytes, contentType, found };
}

function noPlatform(client: RegistryClient, { os, architecture, variant }: Platform): MydockerError {
  const name = [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
  return new MydockerError(`${familiarReference(client.reference)}: no image for this platform (${name})`, {
    code: "NO_PLATFORM",
    hint: "--platform OS/ARCHITECTURE of one that it has",
  });
}
