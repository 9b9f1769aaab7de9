import { ANNOTATION, getAnnotation, type NetworkEndpoint, type PortMapping } from "@mydocker/oci";
import type { HostPaths } from "@mydocker/state";
import { readRunConfig } from "./mounts.ts";

/** The endpoint that `mydocker-net attach` wrote into the config which was run; undefined before that. */
export function readEndpoint(paths: HostPaths, id: string): NetworkEndpoint | undefined {
  const config = readRunConfig(paths, id);
  const text = config === undefined ? undefined : getAnnotation(config, ANNOTATION.network);
  return text === undefined ? undefined : (JSON.parse(text) as NetworkEndpoint);
}

/** `0.0.0.0:8080->80/tcp, 127.0.0.1:53->53/udp`, as in docker's PORTS column. */
export function portsText(ports: PortMapping[]): string {
  return [...ports]
    .sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort)
    .map((port) => `${port.hostIp}:${port.hostPort}->${port.containerPort}/${port.protocol}`)
    .join(", ");
}
