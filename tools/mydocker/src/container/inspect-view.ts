import type { NetworkEndpoint, OciConfig, OciResources } from "@mydocker/oci";
import { ANNOTATION } from "@mydocker/oci";
import type { Container } from "./container.ts";
import { type DevicePath, limitsView } from "./limits-view.ts";
import { listMounts } from "./mounts.ts";
import { dockerState, exitCodeOf } from "./status.ts";

export interface InspectInput {
  container: Container;
  /** The config that was run; undefined while the container is being built. */
  config: OciConfig | undefined;
  /** Limits in force: `update` changes those of a container that runs. */
  resources: OciResources | undefined;
  devicePath: DevicePath;
  endpoint: NetworkEndpoint | undefined;
  directory: string;
  logPath: string;
  /** Milliseconds since 1970, or undefined where it never ran. */
  startedAt: number | undefined;
}

/** Go's zero time: docker's "never". */
const NEVER = "0001-01-01T00:00:00Z";

/** A container in the shape of docker's `inspect`: the fields that have a meaning here, under docker's names. */
export function containerView(input: InspectInput) {
  const { container, config, endpoint, directory, logPath, startedAt } = input;
  const { id, record } = container;
  const [path = "", ...args] = config?.process?.args ?? record.command;
  return {
    Id: id,
    Created: record.created,
    Path: path,
    Args: args,
    State: stateView(container, startedAt),
    Image: record.imageId,
    ResolvConfPath: `${directory}/resolv.conf`,
    HostnamePath: `${directory}/hostname`,
    HostsPath: `${directory}/hosts`,
    LogPath: logPath,
    Name: `/${record.name}`,
    RestartCount: 0,
    Driver: "overlay",
    Platform: "linux",
    HostConfig: hostConfigView(input),
    Mounts: listMounts(config?.mounts ?? [], directory),
    Config: configView(container, config, endpoint),
    NetworkSettings: networkView(container, endpoint),
  };
}

function stateView(container: Container, startedAt: number | undefined) {
  const { life, isPaused } = container;
  const state = dockerState(container);
  const isRunning = life.status === "running";
  return {
    Status: state,
    Running: isRunning,
    Paused: isPaused,
    Restarting: false,
    OOMKilled: life.exit?.oomKilled === true,
    Dead: state === "dead",
    Pid: isRunning ? (life.runtime?.init.pid ?? 0) : 0,
    ExitCode: state === "exited" ? exitCodeOf(life) : 0,
    Error: life.exit?.error ?? "",
    StartedAt: state === "created" || startedAt === undefined ? NEVER : new Date(startedAt).toISOString(),
    FinishedAt: isRunning ? NEVER : (life.exit?.finishedAt ?? NEVER),
  };
}

function hostConfigView({ container, config, resources, devicePath, endpoint, directory }: InspectInput) {
  return {
    Binds: listMounts(config?.mounts ?? [], directory).map(
      (mount) => `${mount.Source}:${mount.Destination}${mount.RW ? "" : ":ro"}`,
    ),
    LogConfig: { Type: "cri", Config: asMap({}) },
    NetworkMode: endpoint?.network ?? "",
    PortBindings: portBindings(endpoint),
    RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
    AutoRemove: container.record.autoRemove,
    ReadonlyRootfs: config?.root?.readonly ?? false,
    ...limitsView(config, resources, devicePath),
    MaskedPaths: config?.linux?.maskedPaths ?? [],
    ReadonlyPaths: config?.linux?.readonlyPaths ?? [],
  };
}

function configView({ record }: Container, config: OciConfig | undefined, endpoint: NetworkEndpoint | undefined) {
  const user = config?.process?.user;
  const exposed = (endpoint?.ports ?? []).map((port) => [`${port.containerPort}/${port.protocol}`, {}]);
  return {
    Hostname: config?.hostname ?? "",
    User: user === undefined || (user.uid === 0 && user.gid === 0) ? "" : `${user.uid}:${user.gid}`,
    Tty: record.tty,
    OpenStdin: config?.annotations?.[ANNOTATION.stdinOpen] === "true",
    StdinOnce: config?.annotations?.[ANNOTATION.stdinOnce] === "true",
    ExposedPorts: asMap(Object.fromEntries(exposed)),
    Env: config?.process?.env ?? [],
    Cmd: record.command,
    Image: record.image,
    WorkingDir: config?.process?.cwd ?? "",
    Labels: asMap(record.labels),
    StopSignal: record.stopSignal,
  };
}

function networkView({ life }: Container, endpoint: NetworkEndpoint | undefined) {
  const isUp = life.status === "running" && endpoint !== undefined;
  const [address = "", length = "0"] = isUp ? (endpoint.address ?? "").split("/") : [];
  const addresses = {
    IPAddress: address,
    IPPrefixLen: Number(length),
    Gateway: isUp ? (endpoint.gateway ?? "") : "",
    MacAddress: isUp ? (endpoint.mac ?? "") : "",
  };
  return {
    SandboxKey: isUp ? (endpoint.netns ?? "") : "",
    Ports: isUp ? portBindings(endpoint) : asMap({}),
    ...addresses,
    Networks: asMap(endpoint === undefined ? {} : { [endpoint.network]: addresses }),
  };
}

function portBindings(endpoint: NetworkEndpoint | undefined): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = asMap({});
  for (const { hostIp, hostPort, containerPort, protocol } of endpoint?.ports ?? []) {
    const key = `${containerPort}/${protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }];
  }
  return bindings;
}

/** Without prototype: a key that a template asks for and does not find is `<no value>`, not an error. */
function asMap<T>(entries: Record<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, entries);
}
