import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface ImageChanges {
  /** Members of the image config's `config`. */
  config?: object;
  /** Members of the image config itself. */
  outer?: object;
  /** How many layers the config tells of; as many as there are unless told. */
  diffIds?: number;
}

/**
 * Makes an OCI layout with one image, tagged `image`.
 *
 * @param layout made here
 * @param layers each fills a directory with what the layer brings; a file `.wh.x` takes `x` away
 */
export function makeImage(layout: string, layers: ((root: string) => void)[], changes: ImageChanges = {}): void {
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const addBlob = (mediaType: string, data: Uint8Array | string) => {
    const hex = sha256(data);
    writeFileSync(join(layout, "blobs/sha256", hex), data);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(data) };
  };
  const archives = layers.map((fill) => archive(layout, fill));
  const config = addBlob(
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify({
      architecture: { x64: "amd64" }[process.arch as string] ?? process.arch,
      os: "linux",
      created: "2026-01-02T03:04:05Z",
      config: { Cmd: ["sh"], ...changes.config },
      rootfs: {
        type: "layers",
        diff_ids: archives.map((data) => `sha256:${sha256(data)}`).slice(0, changes.diffIds ?? archives.length),
      },
      ...changes.outer,
    }),
  );
  const manifestType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = addBlob(
    manifestType,
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config,
      layers: archives.map((data) => addBlob("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(data))),
    }),
  );
  const annotations = { "org.opencontainers.image.ref.name": "image" };
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
}

/** Copies the layout's image to a registry. */
export function pushImage(layout: string, target: string): void {
  const args = ["copy", "--quiet", "--dest-tls-verify=false", `oci:${layout}:image`, `docker://${target}`];
  execFileSync("skopeo", args, { stdio: ["ignore", "ignore", "inherit"] });
}

function archive(layout: string, fill: (root: string) => void): Buffer {
  const root = mkdtempSync(join(layout, ".layer-"));
  fill(root);
  const data = execFileSync("tar", ["-C", root, "--sort=name", "--mtime=@0", "-cf", "-", "."]);
  rmSync(root, { recursive: true });
  return data;
}

function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}
