import { existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debug, errnoOf, MydockerError, requireProgram, systemError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { runSupervised } from "../pull/supervised.ts";
import { digestHex } from "../reference/digest.ts";
import { MANIFEST_TYPE } from "./documents.ts";
import { blobFile, blobsDirectory, rootfsDirectory, rootfsParent } from "./paths.ts";
import { readImage, type StoredImage } from "./read-blob.ts";
import { withTemporaryDirectory } from "./temporary.ts";

/**
 * Unpacks an image of the store, unless it is unpacked already. The tree is made beside and renamed, so it is complete or
 * absent; of two that unpack at once, one wins and the other's work is thrown away.
 *
 * @param digest of the manifest
 * @returns the directory
 */
export async function unpackImage(paths: HostPaths, digest: string): Promise<string> {
  const image = readImage(paths, digest);
  checkUnpackable(image, digest);
  const target = rootfsDirectory(paths, image.hex);
  if (existsSync(target)) return target;
  makePrivateDirectory(rootfsParent(paths));
  await withTemporaryDirectory(paths, async (directory) => {
    const layout = makeLayout(paths, join(directory, "layout"), digest);
    const unpacked = join(directory, "rootfs");
    const result = await runSupervised("umoci", ["raw", "unpack", "--image", `${layout}:image`, unpacked], debug);
    if (result.code !== 0) throw unpackFailure(digest, result.stderr);
    moveIntoPlace(unpacked, target);
  });
  return target;
}

/** Bytes that a tree takes. */
export async function measureTree(directory: string): Promise<number> {
  const text = await requireProgram("du", ["-s", "--block-size=1", directory]);
  return Number.parseInt(text, 10);
}

/** umoci 0.4.7 panics where there are more layers than diff ids; fewer would be a tree that nobody vouches for. */
function checkUnpackable({ manifest, config, hex }: StoredImage, digest: string): void {
  if (config.os !== "" && config.os !== "linux") {
    throw new MydockerError(`image ${digest}: it is for ${config.os}, not linux`, { code: "BAD_IMAGE" });
  }
  if (manifest.layers.length === config.diffIds.length) return;
  const counts = `${manifest.layers.length} layers, ${config.diffIds.length} diff ids`;
  throw new MydockerError(`image sha256:${hex}: ${counts}: expected as many of the one as of the other`, {
    code: "BAD_IMAGE",
  });
}

/** umoci finds an image by its tag in a layout, so it gets one of its own, with the store's blobs in it. */
function makeLayout(paths: HostPaths, layout: string, digest: string): string {
  mkdirSync(layout);
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  symlinkSync(blobsDirectory(paths), join(layout, "blobs"));
  const { size } = statSync(blobFile(paths, digestHex(digest, "image")));
  const annotations = { "org.opencontainers.image.ref.name": "image" };
  const manifests = [{ mediaType: MANIFEST_TYPE, digest, size, annotations }];
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return layout;
}

function moveIntoPlace(unpacked: string, target: string): void {
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw systemError(`unpack to ${target}`, error);
  }
}

function unpackFailure(digest: string, stderr: string): MydockerError {
  const why = stderr.trim().split("\n").at(-1)?.replace(/^\W+/, "") ?? "";
  return new MydockerError(`unpack ${digest}: ${why === "" ? "umoci failed" : why}`, {
    code: "UNPACK_FAILED",
    hint: "remove the image with mydocker-image remove --force, and pull it again",
  });
}
