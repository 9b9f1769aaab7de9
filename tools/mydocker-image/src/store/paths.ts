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

export function rootfsParent(paths: HostPaths): string {
  return join(paths.root, "rootfs");
}

/** The unpacked image, there complete or not at all. */
export function rootfsDirectory(paths: HostPaths, manifestHex: string): string {
  return join(rootfsParent(paths), manifestHex);
}

/** Held (flock) by whoever changes the index, or takes away what the index no longer needs. */
export function storeLock(paths: HostPaths): string {
  return join(paths.root, "images.lock");
}

export function temporaryParent(paths: HostPaths): string {
  return join(paths.root, "tmp");
}

export function containersParent(paths: HostPaths): string {
  return join(paths.root, "containers");
}

export function volumesParent(paths: HostPaths): string {
  return join(paths.root, "volumes");
}
