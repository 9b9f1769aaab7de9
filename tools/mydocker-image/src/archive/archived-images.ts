import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { MydockerError } from "@mydocker/stage";
import { compressionOf } from "../layer/decompress.ts";
import type { Platform } from "../pull/platform.ts";
import { digestHex } from "../reference/digest.ts";
import { formatReference, parseReference } from "../reference/reference.ts";
import { chooseManifest, hostPlatform, parseManifested } from "../registry/choose-manifest.ts";
import { type Descriptor, MANIFEST_TYPE, parseDescriptor, parseManifest, parseRecord } from "../store/documents.ts";
import { blobsOf } from "../store/read-blob.ts";
import type { Archive, ArchiveFile } from "./read-archive.ts";

/** An image in an archive, checked as far as the store relies on it. */
export interface ArchivedImage {
  /** Normalised. */
  references: string[];
  descriptor: Descriptor;
  manifest: Buffer;
  /** Config and layers, each what its digest says. */
  blobs: { descriptor: Descriptor; file: ArchiveFile }[];
}

/** All images of an archive: of an OCI layout, or as docker has written them for ten years. */
export function archivedImages(archive: Archive, platform: Platform | undefined): ArchivedImage[] {
  const docker = archive.find("manifest.json") === undefined ? [] : parseDocker(archive);
  if (archive.find("index.json") === undefined) return docker.map((entry) => dockerImage(archive, entry));
  const index = parseRecord(archive.document("index.json").toString("utf8"), "index.json");
  const manifests = Array.isArray(index.manifests) ? index.manifests : [];
  const images = manifests.flatMap((value, position) => {
    const descriptor = parseDescriptor(value, `index.json: manifests[${position}]`);
    const image = layoutImage(archive, descriptor, platform);
    return image === undefined ? [] : [image];
  });
  return mergeNames(images, docker);
}

function layoutImage(archive: Archive, given: Descriptor, platform: Platform | undefined): ArchivedImage | undefined {
  let digest = given.digest;
  for (let depth = 0; depth < 3; depth += 1) {
    const what = `manifest ${digest}`;
    const manifest = archive.document(blobPath(digest));
    if (archive.find(blobPath(digest))?.digest !== digest) throw bad(`${what}: its content is another`);
    const read = parseManifested(manifest.toString("utf8"), depth === 0 ? given.mediaType : "", what);
    if (read.kind === "index") {
      const chosen = chooseManifest(read.choices, platform ?? hostPlatform());
      if (chosen === undefined) return undefined;
      digest = chosen.digest;
      continue;
    }
    const { annotations = {} } = given;
    const name = annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"];
    const descriptor = { mediaType: read.mediaType, digest, size: manifest.length };
    const blobs = blobsOf(parseManifest(manifest.toString("utf8"), what)).map((blob) => ({
      descriptor: blob,
      file: requireFile(archive, blobPath(blob.digest), blob),
    }));
    return { references: name === undefined ? [] : normalised([name]), descriptor, manifest, blobs };
  }
  throw bad(`manifest ${digest}: an index in an index in an index`);
}

interface DockerEntry {
  config: string;
  names: string[];
  layers: string[];
}

function parseDocker(archive: Archive): DockerEntry[] {
  const value: unknown = JSON.parse(archive.document("manifest.json").toString("utf8"));
  if (!Array.isArray(value)) throw bad("manifest.json: expected a list");
  return value.map((entry: { Config?: unknown; RepoTags?: unknown; Layers?: unknown }) => {
    const texts = (list: unknown): string[] =>
      Array.isArray(list) ? list.filter((text) => typeof text === "string") : [];
    if (typeof entry.Config !== "string") throw bad("manifest.json: an image without a config");
    return { config: entry.Config, names: texts(entry.RepoTags), layers: texts(entry.Layers) };
  });
}

/** It has no manifest of its own, so it gets one; its id, the digest of its config, stays. */
function dockerImage(archive: Archive, { config, names, layers }: DockerEntry): ArchivedImage {
  const describe = (path: string, mediaType: (file: ArchiveFile) => string) => {
    const file = archive.find(path);
    if (file === undefined) throw bad(`the archive has no ${JSON.stringify(path.slice(0, 200))}`);
    return { descriptor: { mediaType: mediaType(file), digest: file.digest, size: file.size }, file };
  };
  const blobs = [
    describe(config, () => "application/vnd.oci.image.config.v1+json"),
    ...layers.map((path) => describe(path, layerType)),
  ];
  const [described, ...rest] = blobs.map(({ descriptor }) => descriptor);
  const document = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: described, layers: rest };
  const manifest = Buffer.from(JSON.stringify(document));
  const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  return {
    references: normalised(names),
    descriptor: { mediaType: MANIFEST_TYPE, digest, size: manifest.length },
    manifest,
    blobs,
  };
}

function layerType({ path }: ArchiveFile): string {
  const beginning = Buffer.alloc(6);
  const file = openSync(path, "r");
  try {
    readSync(file, beginning, 0, beginning.length, 0);
  } finally {
    closeSync(file);
  }
  const compression = compressionOf(beginning);
  return `application/vnd.oci.image.layer.v1.tar${compression === "none" ? "" : `+${compression}`}`;
}

/** An index has an image once for each name, and may have tags alone; docker's list beside it has whole names. */
function mergeNames(images: ArchivedImage[], docker: DockerEntry[]): ArchivedImage[] {
  const byDigest = new Map(images.map((image) => [image.descriptor.digest, image]));
  return [...byDigest.values()].map((image) => {
    const config = digestHex(image.blobs[0]?.descriptor.digest, "config");
    const named = docker.filter(({ config: path }) => path.includes(config)).flatMap(({ names }) => names);
    const same = images.filter(({ descriptor }) => descriptor.digest === image.descriptor.digest);
    const references = named.length > 0 ? normalised(named) : [...new Set(same.flatMap((each) => each.references))];
    return { ...image, references };
  });
}

function requireFile(archive: Archive, path: string, { digest, size }: Descriptor): ArchiveFile {
  const file = archive.find(path);
  if (file === undefined) throw bad(`the archive has no ${path}`);
  if (file.digest !== digest || file.size !== size) throw bad(`${path}: its content is another`);
  return file;
}

function normalised(names: string[]): string[] {
  return [...new Set(names.map((name) => formatReference(parseReference(name))))];
}

function blobPath(digest: string): string {
  return `blobs/sha256/${digestHex(digest, "blob")}`;
}

function bad(message: string): MydockerError {
  return new MydockerError(message, { code: "BAD_ARCHIVE" });
}
