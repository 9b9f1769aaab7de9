import type { OciResources } from "./resources.ts";

/**
 * The OCI runtime-spec 1.3.0 `config.json`, as far as mydocker reads or writes it.
 * Members that no tool touches yet are still carried through the pipe untouched: a config is parsed from JSON
 * and written back whole, so an unknown member never gets lost (config.md "Extensibility").
 */
export interface OciConfig {
  ociVersion: string;
  process?: OciProcess;
  root?: OciRoot;
  hostname?: string;
  domainname?: string;
  mounts?: OciMount[];
  hooks?: OciHooks;
  annotations?: Record<string, string>;
  linux?: OciLinux;
}

/** `path` is absolute, or relative to the bundle. */
export interface OciRoot {
  path: string;
  readonly?: boolean;
}

export interface OciProcess {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user: OciUser;
  /** args[0] is looked up in the container's PATH, as execvp(3) does. */
  args: string[];
  env?: string[];
  /** Absolute. */
  cwd: string;
  capabilities?: OciCapabilities;
  rlimits?: OciRlimit[];
  noNewPrivileges?: boolean;
  oomScoreAdj?: number;
  apparmorProfile?: string;
  selinuxLabel?: string;
  scheduler?: OciScheduler;
  ioPriority?: OciIoPriority;
  execCPUAffinity?: OciExecAffinity;
}

/** sched_setattr(2). Times in nanoseconds. */
export interface OciScheduler {
  policy: string;
  nice?: number;
  priority?: number;
  flags?: string[];
  runtime?: number | bigint;
  deadline?: number | bigint;
  period?: number | bigint;
}

/** ioprio_set(2): `IOPRIO_CLASS_BE` and 0 (highest) to 7. */
export interface OciIoPriority {
  class: string;
  priority?: number;
}

/** Lists of processors, `0-3,7`: until a process of `exec` is in the container's cgroup, and from then on. */
export interface OciExecAffinity {
  initial?: string;
  final?: string;
}

/** Numeric ids in the container's user namespace. */
export interface OciUser {
  uid: number;
  gid: number;
  umask?: number;
  additionalGids?: number[];
}

/** Names as in capabilities(7): `CAP_NET_RAW`. */
export interface OciCapabilities {
  bounding?: string[];
  effective?: string[];
  inheritable?: string[];
  permitted?: string[];
  ambient?: string[];
}

/** `type` as in getrlimit(2): `RLIMIT_NOFILE`. */
export interface OciRlimit {
  type: string;
  soft: number | bigint;
  hard: number | bigint;
}

export interface OciMount {
  /** Absolute path in the container; resolved inside the rootfs. */
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
  /** With the option `idmap` or `ridmap`: which ids of the source appear as which of the host's. */
  uidMappings?: OciIdMapping[];
  gidMappings?: OciIdMapping[];
}

/** `size` ids from `containerID` on are those from `hostID` on outside. */
export interface OciIdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export interface OciHook {
  /** Absolute path in the runtime's mount namespace. */
  path: string;
  args?: string[];
  env?: string[];
  /** Seconds. */
  timeout?: number;
}

export interface OciHooks {
  prestart?: OciHook[] | null;
  createRuntime?: OciHook[] | null;
  createContainer?: OciHook[] | null;
  startContainer?: OciHook[] | null;
  poststart?: OciHook[] | null;
  poststop?: OciHook[] | null;
}

export type OciNamespaceType = "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";

export interface OciNamespace {
  type: OciNamespaceType;
  /** Join this namespace instead of making a new one. Absolute, in the runtime's mount namespace. */
  path?: string;
}

export interface OciLinux {
  namespaces?: OciNamespace[];
  /** Of a new user namespace. */
  uidMappings?: OciIdMapping[];
  gidMappings?: OciIdMapping[];
  /** Of a new time namespace, by clock: `monotonic`, `boottime`. */
  timeOffsets?: Record<string, OciTimeOffset>;
  /** Network devices of the host to move into the container, by their name there. */
  netDevices?: Record<string, OciNetDevice>;
  devices?: OciDevice[];
  cgroupsPath?: string;
  resources?: OciResources;
  sysctl?: Record<string, string>;
  seccomp?: OciSeccomp;
  rootfsPropagation?: string;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  /** SELinux label of the container's mounts. */
  mountLabel?: string;
  personality?: { domain: string; flags?: string[] };
  memoryPolicy?: OciMemoryPolicy;
}

/** set_mempolicy(2): `MPOL_BIND`, nodes as in `0-1,3`. */
export interface OciMemoryPolicy {
  mode: string;
  nodes?: string;
  flags?: string[];
}

export interface OciTimeOffset {
  secs?: number;
  nanosecs?: number;
}

export interface OciNetDevice {
  /** In the container; without it as on the host. */
  name?: string;
}

export interface OciDevice {
  type: "c" | "b" | "u" | "p";
  path: string;
  major?: number;
  minor?: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
}

export interface OciSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  /** Unix socket of the agent that gets the listener of `SCMP_ACT_NOTIFY`. */
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: OciSyscallRule[];
}

export interface OciSyscallRule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: OciSyscallArgument[];
}

export interface OciSyscallArgument {
  index: number;
  value: number | bigint;
  valueTwo?: number | bigint;
  op: string;
}
