import { MydockerError } from "@mydocker/stage";
import { digestHex } from "../reference/digest.ts";

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

export interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

/** An image's config, as far as containers are made of it (image-spec config.md). */
export interface ImageConfig {
  architecture: string;
  os: string;
  created?: string;
  config: ImageDefaults;
  diffIds: string[];
}

export interface ImageDefaults {
  user: string;
  env: string[];
  entrypoint: string[];
  cmd: string[];
  workingDir: string;
  stopSignal?: string;
  volumes: string[];
  labels: Record<string, string>;
  /** `80/tcp`. */
  exposedPorts: string[];
  healthcheck?: Record<string, unknown>;
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPES = ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
/** The OCI's and docker's. Which compression it is, its first bytes say. */
const LAYER_TYPE =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd|xz))?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(?:gzip|zstd|xz))?)$/;

/** What it says of any other port means nothing to anybody. */
const EXPOSED_PORT = /^[1-9]\d{0,4}(?:\/(?:tcp|udp|sctp))?$/;

/** Parses a manifest, and checks everything that is relied on later. */
export function parseManifest(text: string, what: string): Manifest {
  const value = parseRecord(text, what);
  // A document that is both manifest and index means one thing to us and another to who checked it (CVE-2021-41190).
  if ("manifests" in value) throw bad(`${what}: expected a manifest, got an index`);
  const config = parseDescriptor(value.config, `${what}: config`);
  if (!CONFIG_TYPES.includes(config.mediaType))
    throw bad(`${what}: not a container image: its config is "${config.mediaType}"`);
  if (!Array.isArray(value.layers)) throw bad(`${what}: layers: expected a list`);
  const layers = value.layers.map((layer, index) => parseDescriptor(layer, `${what}: layers[${index}]`));
  const foreign = layers.find(({ mediaType }) => !LAYER_TYPE.test(mediaType));
  if (foreign !== undefined) throw bad(`${what}: a layer of the kind "${foreign.mediaType}" cannot be unpacked`);
  return { config, layers };
}

/** Parses an image config. Members of the wrong type are errors; absent ones (and null, as docker writes) get defaults. */
export function parseImageConfig(text: string, what: string): ImageConfig {
  const value = parseRecord(text, what);
  const config = optionalRecord(value.config, `${what}: config`);
  const rootfs = optionalRecord(value.rootfs, `${what}: rootfs`);
  const created = optionalText(value.created, `${what}: created`);
  const stopSignal = optionalText(config.StopSignal, `${what}: StopSignal`);
  const diffIds = texts(rootfs.diff_ids, `${what}: rootfs.diff_ids`);
  for (const diffId of diffIds) digestHex(diffId, `${what}: rootfs.diff_ids`);
  return {
    architecture: optionalText(value.architecture, `${what}: architecture`),
    os: optionalText(value.os, `${what}: os`),
    ...(created === "" ? {} : { created }),
    diffIds,
    config: {
      user: optionalText(config.User, `${what}: User`),
      env: texts(config.Env, `${what}: Env`),
      entrypoint: texts(config.Entrypoint, `${what}: Entrypoint`),
      cmd: texts(config.Cmd, `${what}: Cmd`),
      workingDir: optionalText(config.WorkingDir, `${what}: WorkingDir`),
      ...(stopSignal === "" ? {} : { stopSignal }),
      volumes: Object.keys(optionalRecord(config.Volumes, `${what}: Volumes`)),
      labels: labels(config.Labels, `${what}: Labels`),
      exposedPorts: Object.keys(optionalRecord(config.ExposedPorts, `${what}: ExposedPorts`)).filter((port) =>
        EXPOSED_PORT.test(port),
      ),
      ...(config.Healthcheck === undefined || config.Healthcheck === null
        ? {}
        : { healthcheck: expectRecord(config.Healthcheck, `${what}: Healthcheck`) }),
    },
  };
}

export function parseDescriptor(value: unknown, what: string): Descriptor {
  const descriptor = expectRecord(value, what);
  digestHex(descriptor.digest, what);
  const { size } = descriptor;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw bad(`${what}: size: expected a number`);
  return {
    mediaType: optionalText(descriptor.mediaType, `${what}: mediaType`),
    digest: String(descriptor.digest),
    size,
    annotations: labels(descriptor.annotations, `${what}: annotations`),
  };
}

export function parseRecord(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(`${what}: not JSON`);
  }
  return expectRecord(value, what);
}

export function expectRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw bad(`${what}: expected an object`);
}

function optionalRecord(value: unknown, what: string): Record<string, unknown> {
  return value === undefined || value === null ? {} : expectRecord(value, what);
}

/** A NUL byte would end the string early for whoever passes it to the kernel. */
export function optionalText(value: unknown, what: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw bad(`${what}: expected a string`);
}

function texts(value: unknown, what: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw bad(`${what}: expected a list of strings`);
  return value.map((text) => optionalText(text, what));
}

function labels(value: unknown, what: string): Record<string, string> {
  const entries = Object.entries(optionalRecord(value, what));
  return Object.fromEntries(entries.map(([key, text]) => [key, optionalText(text, what)]));
}

function bad(message: string): MydockerError {
  return new MydockerError(message, { code: "BAD_IMAGE" });
}
