import { LIMIT_FLAGS } from "@mydocker/cgroup/limit-flags";
import { COMMON_FLAGS, type Flags, type FlagValues } from "@mydocker/stage";

/** Flags of `run` that describe the container's process and files: `mydocker-image bundle` has the same, by name. */
export const BUNDLE_FLAGS = {
  detach: { type: "boolean", short: "d", description: "Run in the background and print the container's id" },
  interactive: { type: "boolean", short: "i", description: "Keep stdin open" },
  tty: { type: "boolean", short: "t", description: "Give the container a terminal" },
  rm: { type: "boolean", description: "Remove the container when it ends" },
  name: { type: "string", value: "NAME", description: "Name of the container (default: a generated one)" },
  env: { type: "list", short: "e", value: "KEY[=VALUE]", description: "Set an environment variable" },
  "env-file": { type: "list", value: "FILE", description: "Read environment variables from a file" },
  volume: { type: "list", short: "v", value: "HOST:CONTAINER[:ro]", description: "Bind-mount a file or directory" },
  tmpfs: { type: "list", value: "PATH[:OPTIONS]", description: "Mount a tmpfs" },
  workdir: { type: "string", short: "w", value: "DIR", description: "Working directory in the container" },
  user: { type: "string", short: "u", value: "USER[:GROUP]", description: "User (name or number) to run as" },
  hostname: { type: "string", short: "h", value: "NAME", description: "Host name of the container" },
  entrypoint: { type: "string", value: "COMMAND", description: "Replace the image's entrypoint" },
  "read-only": { type: "boolean", description: "Make the container's root file system read-only" },
  init: { type: "boolean", description: "Run an init that forwards signals and reaps processes as PID 1" },
  label: { type: "list", short: "l", value: "KEY=VALUE", description: "Attach a label" },
  expose: { type: "list", value: "PORT[/udp]", description: "Say that the container listens on a port, for -P" },
  "cap-add": { type: "list", value: "CAPABILITY", description: "Add a Linux capability" },
  "cap-drop": { type: "list", value: "CAPABILITY", description: "Drop a Linux capability" },
  device: { type: "list", value: "HOST[:CONTAINER[:rwm]]", description: "Give the container a device of the host" },
  ulimit: { type: "list", value: "NAME=SOFT[:HARD]", description: "Resource limit of its processes: nofile=1024" },
  "oom-score-adj": { type: "string", value: "NUMBER", description: "Whom the kernel kills first: -1000 to 1000" },
  "shm-size": { type: "string", value: "BYTES", description: "Size of /dev/shm (default: 64m)" },
  "stop-signal": { type: "string", value: "SIGNAL", description: "Signal that stop sends (default: SIGTERM)" },
  pull: { type: "string", value: "always|missing|never", description: "When to pull the image (default: missing)" },
  platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image to pull" },
  "tls-verify": { type: "string", value: "true|false", description: "false: pull over plain HTTP, or any certificate" },
} as const satisfies Flags;

export const NET_FLAGS = {
  network: { type: "string", value: "NETWORK", description: "A network's name, host, none or container:NAME" },
  "publish-all": { type: "boolean", short: "P", description: "Publish every exposed port, on a free one of the host" },
  ip: { type: "string", value: "ADDRESS", description: "IPv4 address to have on the network" },
  ip6: { type: "string", value: "ADDRESS", description: "IPv6 address to have on the network" },
  "network-alias": { type: "list", value: "NAME", description: "One more name of the container on its network" },
  dns: { type: "list", value: "ADDRESS", description: "Name server to ask in place of the network's or the host's" },
  "dns-search": { type: "list", value: "DOMAIN", description: "Domain to look names up in; . for none" },
  "dns-option": { type: "list", value: "OPTION", description: "Option of resolv.conf(5): ndots:2" },
  "add-host": { type: "list", value: "NAME:ADDRESS", description: "Line of /etc/hosts; host-gateway is the host" },
  "network-rate": {
    type: "string",
    value: "RATE",
    description: "Limit of its network: 10mbit, or in=10mbit,out=1mbit",
  },
  "mac-address": { type: "string", value: "MAC", description: "MAC address to have on the network" },
  publish: {
    type: "list",
    short: "p",
    value: "[IP:][HOST:]CONTAINER[/udp]",
    description: "Publish a port on the host",
  },
} as const satisfies Flags;

export const CGROUP_FLAGS = {
  ...LIMIT_FLAGS,
  "cgroup-manager": {
    type: "string",
    value: "cgroupfs|systemd",
    description: "Who makes its cgroup (default: cgroupfs)",
  },
} as const satisfies Flags;

/** Flags of `create` that no stage sees. */
const CREATE_CLIENT_FLAGS = {
  net: { type: "string", value: "NETWORK", description: "Same as --network", hidden: true },
  cidfile: { type: "string", value: "FILE", description: "Write the container's id to a file, which must not exist" },
} as const satisfies Flags;

/** Flags of `run` that no stage sees: they are about the client. */
const CLIENT_FLAGS = {
  ...CREATE_CLIENT_FLAGS,
  "detach-keys": { type: "string", value: "KEYS", description: "Keys that detach (default: ctrl-p,ctrl-q)" },
  "sig-proxy": { type: "string", value: "true|false", description: "Pass signals on to the process (default: true)" },
  "print-pipeline": { type: "boolean", description: "Print the pipeline as a shell script, and run nothing" },
} as const satisfies Flags;

const MESSAGE_FLAGS = { debug: COMMON_FLAGS.debug, "log-format": COMMON_FLAGS["log-format"] };

export const RUN_FLAGS = {
  ...BUNDLE_FLAGS,
  ...NET_FLAGS,
  ...CGROUP_FLAGS,
  ...CLIENT_FLAGS,
  ...MESSAGE_FLAGS,
} as const satisfies Flags;

export type RunFlags = FlagValues<typeof RUN_FLAGS>;

const { detach: _, ...CREATE_BUNDLE_FLAGS } = BUNDLE_FLAGS;

/** Without those that only somebody who runs it at once has a use for. */
export const CREATE_FLAGS = {
  ...CREATE_BUNDLE_FLAGS,
  ...NET_FLAGS,
  ...CGROUP_FLAGS,
  ...CREATE_CLIENT_FLAGS,
  ...MESSAGE_FLAGS,
} as const satisfies Flags;

export type CreateFlags = FlagValues<typeof CREATE_FLAGS>;
