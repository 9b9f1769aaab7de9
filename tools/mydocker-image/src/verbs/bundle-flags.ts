import type { Flags } from "@mydocker/stage";
import { PULL_FLAGS } from "./pull-flags.ts";

/** docker's names for what makes a container's config. */
export const BUNDLE_FLAGS = {
  id: { type: "string", value: "ID", description: "Id of the container (default: 64 random hex digits)" },
  name: { type: "string", value: "NAME", description: "Name of the container (default: a generated one)" },
  env: { type: "list", short: "e", value: "KEY[=VALUE]", description: "Set an environment variable" },
  "env-file": { type: "list", value: "FILE", description: "Read environment variables from a file" },
  volume: {
    type: "list",
    short: "v",
    value: "HOST|NAME:CONTAINER[:ro]",
    description: "Mount a host file or directory, or a named volume",
  },
  tmpfs: { type: "list", value: "PATH[:OPTIONS]", description: "Mount a tmpfs" },
  workdir: { type: "string", short: "w", value: "DIR", description: "Working directory in the container" },
  user: { type: "string", short: "u", value: "USER[:GROUP]", description: "User (name or number) to run as" },
  hostname: { type: "string", short: "h", value: "NAME", description: "Host name of the container" },
  entrypoint: { type: "string", value: "COMMAND", description: "Replace the image's entrypoint" },
  "read-only": { type: "boolean", description: "Make the container's root file system read-only" },
  interactive: { type: "boolean", short: "i", description: "Keep stdin open" },
  tty: { type: "boolean", short: "t", description: "Give the container a terminal" },
  detach: { type: "boolean", short: "d", description: "The container runs in the background" },
  init: { type: "boolean", description: "Run an init that forwards signals and reaps processes as PID 1" },
  rm: { type: "boolean", description: "Remove the container when it ends" },
  label: { type: "list", short: "l", value: "KEY=VALUE", description: "Attach a label" },
  expose: { type: "list", value: "PORT[/udp]", description: "Say that the container listens on a port" },
  "cap-add": { type: "list", value: "CAPABILITY", description: "Add a Linux capability" },
  "cap-drop": { type: "list", value: "CAPABILITY", description: "Drop a Linux capability" },
  "stop-signal": { type: "string", value: "SIGNAL", description: "Signal that stop sends (default: SIGTERM)" },
  pull: { type: "string", value: "missing|always|never", description: "When to pull the image (default: missing)" },
  ...PULL_FLAGS,
  owner: {
    type: "string",
    value: "PID:START",
    description: "Who builds the container (default: the parent)",
    hidden: true,
  },
  "dry-run": { type: "boolean", description: "Only print what would be done" },
} as const satisfies Flags;
