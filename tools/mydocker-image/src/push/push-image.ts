import { readFileSync } from "node:fs";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { shortDigest } from "../pull/fetch-blob.ts";
import { counted, type Progress } from "../pull/progress.ts";
import { digestHex } from "../reference/digest.ts";
import type { Reference } from "../reference/reference.ts";
import { RegistryClient, type RegistryOptions } from "../registry/client.ts";
import { pushPlace } from "../registry/places.ts";
import { readRegistriesConf } from "../registry/read-registries-conf.ts";
import type { Descriptor } from "../store/documents.ts";
import type { IndexEntry } from "../store/image-index.ts";
import { inParallel } from "../store/in-parallel.ts";
import { blobFile } from "../store/paths.ts";
import { blobsOf, readImage, requireBlobs } from "../store/read-blob.ts";
import { streamBlob } from "../store/stream-blob.ts";

const AT_ONCE = 4;

/**
 * Sends an image of the store to a registry: what that has not of its blobs, and then the manifest, byte by byte as it is.
 *
 * @param target where to, and as what
 */
export async function pushImage(
  paths: HostPaths,
  { reference, descriptor: { digest, mediaType } }: IndexEntry,
  target: Reference,
  options: RegistryOptions & { progress: Progress },
): Promise<void> {
  const { progress } = options;
  const client = new RegistryClient(pushPlace(target, readRegistriesConf()), options, { actions: "pull,push" });
  const { manifest } = readImage(paths, digest);
  const blobs = blobsOf(manifest).filter(
    (blob, index, all) => all.findIndex((other) => other.digest === blob.digest) === index,
  );
  // The first alone: it finds out who we are to be, which all others use.
  const [config, ...layers] = blobs;
  if (config !== undefined) await pushBlob(paths, client, config, progress, reference);
  await inParallel(layers, AT_ONCE, (layer) => pushBlob(paths, client, layer, progress, reference));
  const body = readFileSync(blobFile(paths, digestHex(digest, "image")));
  const name = target.tag ?? target.digest ?? digest;
  const type = mediaType === "" ? manifestType(body) : mediaType;
  const answer = await client.request("manifest", `manifests/${name}`, [201, 200], {
    method: "PUT",
    headers: { "Content-Type": type },
    body,
  });
  answer.discard();
}

/** @param reference of the image, for messages */
async function pushBlob(
  paths: HostPaths,
  client: RegistryClient,
  blob: Descriptor,
  progress: Progress,
  reference: string,
): Promise<void> {
  const there = await client.request("blob", `blobs/${blob.digest}`, [200, 404], { method: "HEAD" });
  there.discard();
  if (there.status === 200) {
    const id = shortDigest(blob);
    progress.line(`${id}: already there`, { event: "end", id, status: "exists", total: blob.size });
    return;
  }
  requireBlobs(paths, reference, [blob]);
  const part = progress.begin(shortDigest(blob), "Pushing", blob.size);
  const started = await client.request("upload", "blobs/uploads/", [202], { method: "POST" });
  started.discard();
  const sent = await client.request("upload", await place(client, started.headers), [202, 204], {
    method: "PATCH",
    headers: { "Content-Type": "application/octet-stream" },
    body: counted(streamBlob(paths, blob), part),
  });
  sent.discard();
  const end = await place(client, sent.headers);
  end.searchParams.set("digest", blob.digest);
  const done = await client.request("upload", end, [201, 204], { method: "PUT" });
  done.discard();
  part.end("sent", "sent");
}

/** Where the upload goes on. */
async function place(client: RegistryClient, headers: Headers): Promise<URL> {
  const location = headers.get("location");
  if (location === null) {
    const message = `registry ${client.reference.registry}: it does not say where an upload goes`;
    throw new MydockerError(message, { code: "REGISTRY_FAILED" });
  }
  return client.resolve(location);
}

function manifestType(bytes: Buffer): string {
  const { mediaType } = JSON.parse(bytes.toString("utf8")) as { mediaType?: unknown };
  return typeof mediaType === "string" ? mediaType : "application/vnd.oci.image.manifest.v1+json";
}
