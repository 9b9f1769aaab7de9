import { ANNOTATION, type NetworkEndpoint, type PortMapping } from "@mydocker/oci";
import type { HostPaths } from "@mydocker/state";
import type { Container } from "./container.ts";
import { readConfigOf } from "./mounts.ts";

/** The endpoint that `mydocker-net attach` wrote into the config; the runtime's small state has it, too, while there is one. */
export function readEndpoint(paths: HostPaths, { id, life }: Container): NetworkEndpoint | undefined {
  const annotations = life.runtime?.annotations ?? readConfigOf(paths, id)?.annotations;
  const text = annotations?.[ANNOTATION.network];
  return text === undefined ? undefined : (JSON.parse(text) as NetworkEndpoint);
}

/** `0.0.0.0:8080->80/tcp, 127.0.0.1:53->53/udp`, as in docker's PORTS column. */
export function portsText(ports: PortMapping[]): string {
  return [...ports]
    .sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort)
    .map((port) => `${port.hostIp}:${port.hostPort}->${port.containerPort}/${port.protocol}`)
    .join(", ");
}
