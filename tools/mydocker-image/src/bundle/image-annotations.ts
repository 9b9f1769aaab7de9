import { ANNOTATION } from "@mydocker/oci";
import type { ImageDefaults } from "../store/documents.ts";

/**
 * What of an image's config has no place in the runtime's but annotations (image-spec conversion.md): labels as they are, ports that it
 * says it listens on, and its health check.
 *
 * @param exposed ports that `--expose` adds
 */
export function imageAnnotations(
  { labels, exposedPorts, healthcheck }: Pick<ImageDefaults, "labels" | "exposedPorts" | "healthcheck">,
  exposed: string[],
): Record<string, string> {
  const ports = [...new Set([...exposedPorts, ...exposed].map(withProtocol))].sort();
  return {
    ...Object.fromEntries(Object.entries(labels).filter(([key]) => !isReserved(key))),
    ...(ports.length === 0 ? {} : { [ANNOTATION.exposedPorts]: ports.join(",") }),
    ...(healthcheck === undefined ? {} : { [ANNOTATION.healthcheck]: JSON.stringify(healthcheck) }),
  };
}

/**
 * Annotations that mean something to a runtime are not an image's to give: ours, the image specification's, crun's (run.oci.handler picks what runs
 * the container), runc's and crun's for systemd (any property of the scope), and those of Kubernetes' engines.
 */
const RESERVED = [
  "io.mydocker.",
  "org.opencontainers.",
  "run.oci.",
  "org.systemd.",
  "org.criu.",
  "io.kubernetes.",
  "io.containerd.",
  "io.podman.",
];

function isReserved(key: string): boolean {
  return key === "" || RESERVED.some((prefix) => key.startsWith(prefix));
}

function withProtocol(port: string): string {
  return port.includes("/") ? port : `${port}/tcp`;
}
