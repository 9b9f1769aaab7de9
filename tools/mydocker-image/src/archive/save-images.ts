import { spawn } from "node:child_process";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { familiarReference, parseReference } from "../reference/reference.ts";
import type { IndexEntry } from "../store/image-index.ts";
import { blobFile } from "../store/paths.ts";
import { blobsOf, readImage, requireBlobs } from "../store/read-blob.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";

/**
 * Writes images as one tar archive that is two things: an OCI layout, and what `docker load` and `podman load` read.
 *
 * @param output a descriptor
 */
export async function saveImages(paths: HostPaths, entries: IndexEntry[], output: number): Promise<void> {
  await withTemporaryDirectory(paths, async (directory) => {
    const blobs = join(directory, "blobs/sha256");
    mkdirSync(blobs, { recursive: true });
    const wanted = new Set<string>();
    for (const { reference, descriptor } of entries) {
      const { manifest } = readImage(paths, descriptor.digest);
      requireBlobs(paths, reference, blobsOf(manifest));
      for (const { digest } of [descriptor, ...blobsOf(manifest)]) wanted.add(digestHex(digest, "blob"));
    }
    // Links, not copies: tar reads them where they are.
    for (const hex of wanted) linkSync(blobFile(paths, hex), join(blobs, hex));
    writeFileSync(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(directory, "index.json"), JSON.stringify(ociIndex(entries)));
    writeFileSync(join(directory, "manifest.json"), JSON.stringify(dockerManifest(paths, entries)));
    await writeArchive(directory, output);
  });
}

function ociIndex(entries: IndexEntry[]): object {
  const manifests = entries.map(({ reference, descriptor: { mediaType, digest, size } }) => {
    const { tag } = parseReference(reference);
    const annotations = {
      "io.containerd.image.name": reference,
      ...(tag === undefined ? {} : { "org.opencontainers.image.ref.name": tag }),
    };
    return { mediaType, digest, size, annotations };
  });
  return { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests };
}

/** An image is once in it, with all its names. */
function dockerManifest(paths: HostPaths, entries: IndexEntry[]): object[] {
  const path = (digest: string): string => `blobs/sha256/${digestHex(digest, "blob")}`;
  return [...new Set(entries.map(({ descriptor }) => descriptor.digest))].map((digest) => {
    const { manifest } = readImage(paths, digest);
    const names = entries
      .filter(({ descriptor }) => descriptor.digest === digest)
      .map(({ reference }) => parseReference(reference));
    return {
      Config: path(manifest.config.digest),
      RepoTags: names.filter(({ tag }) => tag !== undefined).map(familiarReference),
      Layers: manifest.layers.map((layer) => path(layer.digest)),
    };
  });
}

function writeArchive(directory: string, output: number): Promise<void> {
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  // docker 20.10 looks for manifest.json from the beginning on.
  const args = [
    "tar",
    ...same,
    "--hard-dereference",
    "-C",
    directory,
    "-cf",
    "-",
    "oci-layout",
    "index.json",
    "manifest.json",
    "blobs",
  ];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...args], { stdio: ["ignore", output, "pipe"] });
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString("utf8");
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new MydockerError(`write the archive: ${said.trim().split("\n").at(-1) ?? ""}`, { code: "SAVE_FAILED" }),
        );
    });
  });
}
