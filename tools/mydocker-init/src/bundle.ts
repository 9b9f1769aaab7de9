import { isAbsolute, join, resolve } from "node:path";
import { ANNOTATION, getAnnotation, type OciConfig, type OverlayRootfs } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { CONTAINER_FILE } from "@mydocker/state";

/** What a config says about itself beyond the spec, checked. */
export interface Bundle {
  /** Absolute. */
  directory: string;
  /** The container's directory, where mydocker keeps a record of it. */
  record: string | undefined;
  overlay: OverlayRootfs | undefined;
}

/**
 * @param bundleFlag `--bundle`; without it the container's directory, or else the working directory as runc has it
 */
export function readBundle(config: OciConfig, bundleFlag: string | undefined): Bundle {
  const record = getAnnotation(config, ANNOTATION.container);
  if (record !== undefined && !isAbsolute(record)) {
    throw usageError(`annotation ${ANNOTATION.container}: expected an absolute path, got "${record}"`);
  }
  const directory = bundleFlag === undefined ? (record ?? process.cwd()) : resolve(bundleFlag);
  return { directory, record, overlay: parseOverlay(getAnnotation(config, ANNOTATION.rootfs)) };
}

/** Where the config of `--bundle` is. */
export function bundleConfigPath(bundle: string): string {
  return join(bundle, CONTAINER_FILE.config);
}

function parseOverlay(text: string | undefined): OverlayRootfs | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isOverlay(value)) return value;
  } catch {
    // Not JSON: refused below like any other value.
  }
  throw usageError(
    `annotation ${ANNOTATION.rootfs}: expected {"lower": [paths], "upper": path, "work": path, "volatile": bool}`,
  );
}

function isOverlay(value: unknown): value is OverlayRootfs {
  if (typeof value !== "object" || value === null) return false;
  const { lower, upper, work, volatile = false } = value as Record<string, unknown>;
  return (
    Array.isArray(lower) && lower.length > 0 && [...lower, upper, work].every(isPath) && typeof volatile === "boolean"
  );
}

/** Overlay options have no quoting for ":" and ","; our own paths have neither. */
function isPath(value: unknown): boolean {
  return typeof value === "string" && isAbsolute(value) && !/[:,\\\0]/.test(value);
}
