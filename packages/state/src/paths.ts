import { isAbsolute, join } from "node:path";
import { usageError } from "@mydocker/stage";

/**
 * Where things are on the host. All of it follows from five environment variables, so that a second mydocker (a test
 * run, say) can live beside the first without meeting it anywhere.
 */
export interface HostPaths {
  /** What outlives a boot: images, containers, names (`MYDOCKER_ROOT`). */
  root: string;
  /** What must not outlive a boot: runtime state, network claims (`MYDOCKER_RUN`). */
  run: string;
  /** Where the OCI runtime has a directory for each container that exists in the kernel: `--root`, or `init` in `run`. */
  runtime: string;
  /** Prefix of everything the kernel shows by name: bridge, netns, nft table, cgroup (`MYDOCKER_PREFIX`). */
  prefix: string;
  /** Subnet of the default bridge (`MYDOCKER_SUBNET`). */
  subnet: string;
  /** What has to put the rules of networks into the kernel (`MYDOCKER_FIREWALL`). */
  firewall?: FirewallName;
}

/** The programs that can, the preferred one first. */
export const FIREWALLS = ["nft", "iptables"] as const;

export type FirewallName = (typeof FIREWALLS)[number];

/** @param source where the name comes from, for the message */
export function parseFirewall(source: string, text: string): FirewallName {
  const found = FIREWALLS.find((name) => name === text);
  if (found !== undefined) return found;
  throw usageError(`${source}: expected ${FIREWALLS.join(" or ")}, got "${text}"`);
}

let runtimeRoot: string | undefined;

/** For this process, from `mydocker-init --root DIR`: every engine that calls it has a directory of its own. */
export function placeRuntime(directory: string): void {
  runtimeRoot = directory;
}

/** @throws MydockerError when one of the variables is not usable */
export function hostPaths(env: NodeJS.ProcessEnv = process.env): HostPaths {
  const prefix = env.MYDOCKER_PREFIX ?? "mydocker";
  // A bridge is named prefix + digit, and a link's name has 15 characters at most (IFNAMSIZ).
  if (!/^[a-z][a-z0-9]{0,12}$/.test(prefix)) {
    throw usageError(`MYDOCKER_PREFIX: expected 1 to 13 of a-z 0-9, starting with a letter, got "${prefix}"`);
  }
  const run = absolute("MYDOCKER_RUN", env.MYDOCKER_RUN ?? "/run/mydocker");
  return {
    root: absolute("MYDOCKER_ROOT", env.MYDOCKER_ROOT ?? "/var/lib/mydocker"),
    run,
    runtime: runtimeRoot ?? join(run, "init"),
    prefix,
    subnet: env.MYDOCKER_SUBNET ?? "172.29.0.0/16",
    ...(env.MYDOCKER_FIREWALL === undefined || env.MYDOCKER_FIREWALL === ""
      ? {}
      : { firewall: parseFirewall("MYDOCKER_FIREWALL", env.MYDOCKER_FIREWALL) }),
  };
}

function absolute(variable: string, path: string): string {
  if (!isAbsolute(path) || path.includes("\0"))
    throw usageError(`${variable}: expected an absolute path, got "${path}"`);
  return path;
}

/** `containers`: a directory for each container. */
export function containersParent(paths: HostPaths): string {
  return join(paths.root, "containers");
}

/** `containers/<id>`: the container's OCI bundle, and all that is kept about it. */
export function containerDirectory(paths: HostPaths, id: string): string {
  return join(containersParent(paths), id);
}

/** The files in a container's directory. Written by the tool named; read by any. */
export const CONTAINER_FILE = {
  /** mydocker-image: who and what the container is (`ContainerRecord`). */
  record: "container.json",
  /** mydocker-image: the config as it was when no other stage had seen it, where `mydocker start` may need it. */
  bundled: "bundle.json",
  /** mydocker-init: the config that was run, as it reached the last stage. */
  config: "config.json",
  /** The monitor: output in the CRI log format. */
  log: "log",
  /** The monitor: how the container ended (`ExitRecord`). */
  exit: "exit.json",
  /** mydocker-image: mount point and overlay directories. */
  rootfs: "rootfs",
  upper: "upper",
  work: "work",
  /** mydocker-image: volumes that have no name, and go with the container. */
  volumes: "volumes",
  /** mydocker-net: files that are bind-mounted to /etc. */
  hosts: "hosts",
  hostname: "hostname",
  resolvConf: "resolv.conf",
} as const;

/** `volumes`: a directory for each volume that has a name. */
export function volumesParent(paths: HostPaths): string {
  return join(paths.root, "volumes");
}

/** `volumes/<name>/_data`: what is mounted of a volume that has a name. */
export function volumeData(paths: HostPaths, name: string): string {
  return join(volumesParent(paths), name, "_data");
}

/** `names/<name>`: a claim that holds the id. */
export function nameClaim(paths: HostPaths, name: string): string {
  return join(paths.root, "names", name);
}

/** `<runtime>/<id>`: the runtime's state of a container that exists in the kernel. */
export function runtimeDirectory(paths: HostPaths, id: string): string {
  return join(paths.runtime, id);
}

/** The files in a container's runtime directory. */
export const RUNTIME_FILE = {
  /** mydocker-init: `RuntimeState`. */
  state: "state.json",
  /** mydocker-init: the config as `create` got it (runtime.md: later changes have no effect). */
  config: "config.json",
  /** The shim: the container's init waits on it for `start`. */
  start: "start.fifo",
  /** The shim: `start` reads there what became of it. */
  answer: "answer.fifo",
  /** mydocker-init: claim by which exactly one `start` wins; holds the time. */
  started: "started",
  /** The monitor: clients attach here. */
  attach: "attach.sock",
} as const;
