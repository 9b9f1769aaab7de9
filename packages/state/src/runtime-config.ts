import { join } from "node:path";
import { type OciConfig, parseExact, stringifyExact } from "@mydocker/oci";
import { readTextIfExists, writeFileAtomic } from "./atomic-file.ts";
import { RUNTIME_FILE } from "./paths.ts";

/**
 * The runtime's own copy of a container's config: as `create` got it (runtime.md: later changes to the bundle's have no effect), with
 * the limits that are in force.
 *
 * @param directory the container's runtime directory
 */
export function readRuntimeConfig(directory: string): OciConfig | undefined {
  const text = readTextIfExists(join(directory, RUNTIME_FILE.config));
  // Our own writing, by rename: it is whole.
  return text === undefined ? undefined : (parseExact(text) as OciConfig);
}

export function writeRuntimeConfig(directory: string, config: OciConfig): void {
  writeFileAtomic(join(directory, RUNTIME_FILE.config), `${stringifyExact(config)}\n`);
}
