import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { formatReference, isLoopbackRegistry } from "../reference/reference.ts";
import type { Descriptor } from "../store/documents.ts";
import { parseIndex } from "../store/image-index.ts";
import { blobsDirectory } from "../store/paths.ts";
import { explainPullFailure } from "./explain-failure.ts";
import type { Platform } from "./platform.ts";
import type { Source } from "./source.ts";
import { runSupervised } from "./supervised.ts";

export interface CopyOptions {
  /** false: plain HTTP, or any certificate. Unless told, only registries on this host are trusted like that. */
  tlsVerify?: boolean;
  platform?: Platform;
  onProgress: (line: string) => void;
}

/** The name within the temporary layout. */
const TAG = "image";

/**
 * Copies an image's blobs from a registry, or from whatever else skopeo reads, to the store. The index is a temporary one: several skopeo that write one index
 * lose each other's tags.
 *
 * @param layout a directory that skopeo makes
 * @returns the manifest's descriptor
 */
export async function copyFromRegistry(
  paths: HostPaths,
  source: Source,
  layout: string,
  options: CopyOptions,
): Promise<Descriptor> {
  const args = skopeoArguments(paths, source, layout, options, hasPolicy());
  const result = await runSupervised("skopeo", args, options.onProgress);
  if (result.code !== 0) throw explainPullFailure(source, result.stderr);
  const file = join(layout, "index.json");
  const entry = parseIndex(readFileSync(file, "utf8"), file)[0];
  if (entry !== undefined) return entry.descriptor;
  throw new MydockerError(`pull ${formatReference(source.reference)}: skopeo left no manifest`, {
    code: "PULL_FAILED",
  });
}

/** @param withPolicy whether the host says which signatures it wants; docker, unless told, wants none */
export function skopeoArguments(
  paths: HostPaths,
  { reference, location, isRegistry }: Source,
  layout: string,
  { tlsVerify, platform }: Pick<CopyOptions, "tlsVerify" | "platform">,
  withPolicy: boolean,
): string[] {
  const verify = tlsVerify ?? !isLoopbackRegistry(reference.registry);
  const daemon = location.startsWith("docker-daemon:") ? process.env.DOCKER_HOST : undefined;
  return [
    ...(withPolicy ? [] : ["--insecure-policy"]),
    "--override-os=linux",
    ...(platform === undefined ? [] : [`--override-arch=${platform.architecture}`]),
    ...(platform?.variant === undefined ? [] : [`--override-variant=${platform.variant}`]),
    "copy",
    ...(isRegistry ? [`--src-tls-verify=${verify}`] : []),
    ...(daemon === undefined || daemon === "" ? [] : [`--src-daemon-host=${daemon}`]),
    "--format=oci",
    `--dest-shared-blob-dir=${blobsDirectory(paths)}`,
    location,
    `oci:${layout}:${TAG}`,
  ];
}

function hasPolicy(): boolean {
  return [join(homedir(), ".config/containers/policy.json"), "/etc/containers/policy.json"].some((path) =>
    existsSync(path),
  );
}
