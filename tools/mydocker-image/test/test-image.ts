import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface ImageChanges {
  /** Members of the image config's `config`. */
  config?: object;
  /** Members of the image config itself. */
  outer?: object;
  /** How many layers the config tells of; as many as there are unless told. */
  diffIds?: number;
  compression?: "gzip" | "zstd" | "xz" | "none";
  /** Docker's schema 2 in place of the OCI's. */
  docker?: boolean;
  /** Changes the manifest before it becomes bytes. */
  manifest?: (manifest: ManifestDocument) => object;
}

export interface ManifestDocument {
  schemaVersion: number;
  mediaType: string;
  config: BlobDescriptor;
  layers: BlobDescriptor[];
}

export interface BlobDescriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export interface ComposedImage {
  /** Config and layers, by digest. */
  blobs: Map<string, Buffer>;
  manifest: BlobDescriptor & { bytes: Buffer };
}

/** What a layer brings: an archive, or who fills a directory that it is made of; a file `.wh.x` takes `x` away. */
export type LayerContent = Buffer | ((root: string) => void);

const OCI = "application/vnd.oci.image";
const DOCKER = "application/vnd.docker";
const SUFFIX = { gzip: "+gzip", zstd: "+zstd", xz: "+xz", none: "" };

/** Puts an image's documents together. */
export function composeImage(layers: LayerContent[], changes: ImageChanges = {}): ComposedImage {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, data: Buffer): BlobDescriptor => {
    const digest = `sha256:${sha256(data)}`;
    blobs.set(digest, data);
    return { mediaType, digest, size: data.length };
  };
  const { docker = false, compression = "gzip" } = changes;
  const archives = layers.map((layer) => (typeof layer === "function" ? archive(layer) : layer));
  const document = {
    architecture: { x64: "amd64" }[process.arch as string] ?? process.arch,
    os: "linux",
    created: "2026-01-02T03:04:05Z",
    config: { Cmd: ["sh"], ...changes.config },
    rootfs: {
      type: "layers",
      diff_ids: archives.map((data) => `sha256:${sha256(data)}`).slice(0, changes.diffIds ?? archives.length),
    },
    ...changes.outer,
  };
  const configType = docker ? `${DOCKER}.container.image.v1+json` : `${OCI}.config.v1+json`;
  const config = add(configType, Buffer.from(JSON.stringify(document)));
  const layerType = docker ? `${DOCKER}.image.rootfs.diff.tar.gzip` : `${OCI}.layer.v1.tar${SUFFIX[compression]}`;
  const mediaType = docker ? `${DOCKER}.distribution.manifest.v2+json` : `${OCI}.manifest.v1+json`;
  const whole: ManifestDocument = {
    schemaVersion: 2,
    mediaType,
    config,
    layers: archives.map((data) => add(layerType, compress(data, compression))),
  };
  const bytes = Buffer.from(JSON.stringify(changes.manifest?.(whole) ?? whole));
  return { blobs, manifest: { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length, bytes } };
}

/** Makes an OCI layout with one image, tagged `image`. */
export function makeImage(layout: string, layers: LayerContent[], changes: ImageChanges = {}): void {
  const { blobs, manifest } = composeImage(layers, changes);
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const { bytes, ...descriptor } = manifest;
  for (const [digest, data] of [...blobs, [manifest.digest, bytes] as const]) {
    writeFileSync(join(layout, "blobs/sha256", digest.slice("sha256:".length)), data);
  }
  const annotations = { "org.opencontainers.image.ref.name": "image" };
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, annotations }] };
  writeFileSync(join(layout, "index.json"), JSON.stringify(index));
}

/** Copies the layout's image to a registry. */
export function pushImage(layout: string, target: string): void {
  const args = ["copy", "--quiet", "--dest-tls-verify=false", `oci:${layout}:image`, `docker://${target}`];
  execFileSync("skopeo", args, { stdio: ["ignore", "ignore", "inherit"] });
}

/**
 * Puts an image into a registry byte by byte, which no tool would do with some.
 *
 * @param base `http://127.0.0.1:5000`
 * @param name `app:1`
 */
export async function putImage(base: string, name: string, image: ComposedImage, headers = {}): Promise<void> {
  const [repository = "", tag = ""] = name.split(":");
  for (const [digest, data] of image.blobs) {
    const started = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: "POST", headers });
    const place = new URL(started.headers.get("location") ?? "", base);
    place.searchParams.set("digest", digest);
    await succeed(fetch(place, { method: "PUT", body: new Uint8Array(data), headers }));
  }
  await putManifest(base, repository, tag, image.manifest.mediaType, image.manifest.bytes, headers);
}

export async function putManifest(
  base: string,
  repository: string,
  tag: string,
  mediaType: string,
  bytes: Buffer,
  headers = {},
): Promise<void> {
  const all = { ...headers, "Content-Type": mediaType };
  const url = `${base}/v2/${repository}/manifests/${tag}`;
  await succeed(fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers: all }));
}

async function succeed(request: Promise<Response>): Promise<void> {
  const response = await request;
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
}

function archive(fill: (root: string) => void): Buffer {
  const root = mkdtempSync(join(tmpdir(), "mydocker-layer-"));
  fill(root);
  const data = execFileSync("tar", ["-C", root, "--sort=name", "--mtime=@0", "-cf", "-", "."], { maxBuffer: 2 ** 30 });
  rmSync(root, { recursive: true });
  return data;
}

export function compress(data: Buffer, how: "gzip" | "zstd" | "xz" | "none"): Buffer {
  if (how === "none") return data;
  if (how === "gzip") return gzipSync(data);
  return execFileSync(how, ["-cq"], { input: data, maxBuffer: 2 ** 30 });
}

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}
