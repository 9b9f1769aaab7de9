import { join } from "node:path";
import type { HostPaths } from "@mydocker/state";

/** The store's OCI layout: all images in one, so that a layer they share is there once. */
export function layoutDirectory(paths: HostPaths): string {
  return join(paths.root, "images");
}

export function indexFile(paths: HostPaths): string {
  return join(layoutDirectory(paths), "index.json");
}

/** The directory that has `sha256/`. */
export function blobsDirectory(paths: HostPaths): string {
  return join(layoutDirectory(paths), "blobs");
}

/** @param hex 64 hex digits, checked */
export function blobFile(paths: HostPaths, hex: string): string {
  return join(blobsDirectory(paths), "sha256", hex);
}

/** Unpacked layers, each with its facts beside. */
export function layersParent(paths: HostPaths): string {
  return join(paths.root, "layers");
}

/** What is not on the disk for certain yet. */
export function unsettledParent(paths: HostPaths): string {
  return join(paths.root, "unsettled");
}

/** Links to unpacked layers: an overlay's options have to fit a page, and a layer's own name is long. */
export function linksParent(paths: HostPaths): string {
  return join(paths.root, "l");
}

export function stacksParent(paths: HostPaths): string {
  return join(paths.root, "stacks");
}

/** Which layers an image's rootfs is. */
export function stackFile(paths: HostPaths, manifestHex: string): string {
  return join(stacksParent(paths), `${manifestHex}.json`);
}

/** Where images were unpacked, each into one tree, before layers were: what containers of that time still have. */
export function formerRootfsParent(paths: HostPaths): string {
  return join(paths.root, "rootfs");
}

/** Held (flock) by whoever changes the index, or takes away what the index no longer needs. */
export function storeLock(paths: HostPaths): string {
  return join(paths.root, "images.lock");
}

/**
 * Held (flock) by whoever fetches a blob, so that nobody else does as well. There are 256 of them: a file for each blob would be
 * one that nobody could ever remove.
 */
export function fetchLock(paths: HostPaths, hex: string): string {
  return join(paths.root, "locks", hex.slice(0, 2));
}

export function temporaryParent(paths: HostPaths): string {
  return join(paths.root, "tmp");
}
