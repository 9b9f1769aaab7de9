import type { OciConfig } from "./config.ts";

/**
 * Everything mydocker's stages tell each other beyond the OCI spec: one documented annotation per fact
 * (docs/contract.md has the table). Values are strings by the spec; the structured ones hold JSON.
 */
export const ANNOTATION = {
  /** The container's id: `[a-zA-Z0-9_+-][a-zA-Z0-9_+.-]{0,127}`, 64 hex digits when mydocker chose it. */
  id: "io.mydocker.id",
  /** The name people use. */
  name: "io.mydocker.name",
  /** The container's directory on disk (its OCI bundle): absolute. Its presence means mydocker keeps a record of the container. */
  container: "io.mydocker.container",
  /** Image reference as resolved, `docker.io/library/busybox:latest`. */
  image: "io.mydocker.image",
  /** `OverlayRootfs` as JSON: the overlay to mount on root.path inside the container's mount namespace. */
  rootfs: "io.mydocker.rootfs",
  /** `NetworkEndpoint` as JSON: what `mydocker-net attach` built. */
  network: "io.mydocker.network",
  /** Comma-separated tools that made something for this container, in order; undone in reverse when a later stage fails. */
  stages: "io.mydocker.stages",
  /** "true" when stdin stays open (`-i`). */
  stdinOpen: "io.mydocker.stdin-open",
  /** "true" when stdin closes once the first attached client goes away (`-i` without `-d`). */
  stdinOnce: "io.mydocker.stdin-once",
  /** Ports that the image or `--expose` names: `53/udp,80/tcp`. Reserved by the image spec's conversion rules. */
  exposedPorts: "org.opencontainers.image.exposedPorts",
  /** "systemd": `linux.cgroupsPath` is `SLICE:PREFIX:NAME`, and systemd is to make the cgroup (`apply --cgroup-manager systemd`). */
  cgroupManager: "io.mydocker.cgroup-manager",
  /** The image's health check as JSON, as its config has it. */
  healthcheck: "io.mydocker.healthcheck",
  /** Signal that `stop` sends. Reserved by the image spec's conversion rules, hence not ours to rename. */
  stopSignal: "org.opencontainers.image.stopSignal",
} as const;

export type AnnotationKey = (typeof ANNOTATION)[keyof typeof ANNOTATION];

/** An overlay mount: `lower` from topmost to lowest, all paths absolute on the host. */
export interface OverlayRootfs {
  lower: string[];
  upper: string;
  work: string;
  /**
   * Nothing of it need survive (`--rm`): unmounting an overlay syncs the whole file system that `upper` is on, and the
   * container's end would wait for that. The kernel refuses to use `work` a second time.
   */
  volatile?: boolean;
}

/** One endpoint of a container on a network. */
export interface NetworkEndpoint {
  /** `mydocker0` (the default bridge), `host` or `none`. */
  network: string;
  /** Path of the network namespace, `/run/netns/…`; absent for `host` and `none`. */
  netns?: string;
  /** Address with prefix length: `172.29.0.2/16`. */
  address?: string;
  gateway?: string;
  /** On a network that has IPv6. */
  address6?: string;
  gateway6?: string;
  mac?: string;
  ports?: PortMapping[];
}

export interface PortMapping {
  /** `0.0.0.0`, or `::`, when published on every address of that family. */
  hostIp: string;
  hostPort: number;
  containerPort: number;
  protocol: "tcp" | "udp";
}

/** Reads one annotation; `undefined` when absent. */
export function getAnnotation(config: OciConfig, key: AnnotationKey): string | undefined {
  return config.annotations?.[key];
}

/** Returns `config` with the annotations added; nothing else changes. */
export function withAnnotations(config: OciConfig, added: Partial<Record<AnnotationKey, string>>): OciConfig {
  return { ...config, annotations: { ...config.annotations, ...added } };
}

/** Appends `tool` to the list of stages that have something to undo (`ANNOTATION.stages`). */
export function withStage(config: OciConfig, tool: string): OciConfig {
  const stages = listStages(config).filter((stage) => stage !== tool);
  return withAnnotations(config, { [ANNOTATION.stages]: [...stages, tool].join(",") });
}

/** The tools that made something for this container, in the order they did. */
export function listStages(config: OciConfig): string[] {
  return (getAnnotation(config, ANNOTATION.stages) ?? "").split(",").filter((stage) => stage !== "");
}
