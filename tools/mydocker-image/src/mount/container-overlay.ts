import { join } from "node:path";
import { ANNOTATION, getAnnotation, type OciConfig, type OverlayRootfs } from "@mydocker/oci";
import { MydockerError, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths, readContainerRecord } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { lowerDirectories, readStack } from "../store/stack.ts";

/** Reads the overlay that a config asks for. */
export function overlayOfConfig(config: OciConfig): OverlayRootfs {
  const text = getAnnotation(config, ANNOTATION.rootfs);
  if (text === undefined) {
    throw usageError(
      `the config has no annotation ${ANNOTATION.rootfs}: there is nothing to mount, or it is mounted`,
      "a config as mydocker-image bundle writes it",
    );
  }
  const overlay = parseOverlay(text);
  if (overlay !== undefined) return overlay;
  throw usageError(`annotation ${ANNOTATION.rootfs}: expected {"lower": [paths], "upper": path, "work": path}`);
}

function parseOverlay(text: string): OverlayRootfs | undefined {
  try {
    const { lower, upper, work } = JSON.parse(text) as Partial<Record<keyof OverlayRootfs, unknown>>;
    const isPath = (value: unknown): value is string =>
      typeof value === "string" && value.startsWith("/") && !value.includes("\0");
    if (!Array.isArray(lower) || lower.length === 0 || !lower.every(isPath)) return undefined;
    return isPath(upper) && isPath(work) ? { lower, upper, work } : undefined;
  } catch {
    return undefined;
  }
}

/** The overlay of a container by its record. */
export function overlayOfContainer(paths: HostPaths, id: string): OverlayRootfs {
  const directory = containerDirectory(paths, id);
  const digest = readContainerRecord(directory)?.imageDigest;
  if (digest === undefined) {
    throw new MydockerError(`container ${id}: no record says which image it is of`, { code: "NO_RECORD" });
  }
  const stack = readStack(paths, digestHex(digest, `container ${id}`));
  if (stack === undefined) {
    throw new MydockerError(`container ${id}: its image's layers are not unpacked`, {
      code: "NOT_UNPACKED",
      hint: `mydocker-image unpack ${digest}`,
    });
  }
  return {
    lower: lowerDirectories(paths, stack),
    upper: join(directory, CONTAINER_FILE.upper),
    work: join(directory, CONTAINER_FILE.work),
  };
}
