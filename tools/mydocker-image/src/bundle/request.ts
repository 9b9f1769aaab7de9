import { parseSize } from "@mydocker/cgroup";
import type { OciMount, OciRlimit } from "@mydocker/oci";
import { checkContainerId, type FlagValues, newContainerId, systemError, usageError } from "@mydocker/stage";
import { checkContainerName, type ProcessIdentity, readTextIfExists, type StageWords } from "@mydocker/state";
import type { BUNDLE_FLAGS } from "../verbs/bundle-flags.ts";
import { chooseCapabilities } from "./capabilities.ts";
import { type DeviceRequest, parseDevice } from "./device-spec.ts";
import { parseEnvironmentFile, parseVariable, type Variable } from "./environment.ts";
import { parseLabels } from "./labels.ts";
import { parseOomScore, parseUlimits } from "./resource-limits.ts";
import { checkStopSignal } from "./stop-signal.ts";
import { parseTmpfs } from "./tmpfs-spec.ts";
import { parseVolume, type Volume } from "./volume-spec.ts";

/** What a user asked `bundle` for, read and checked; nothing behind it looks at a flag again. */
export interface BundleRequest {
  image: string;
  id: string;
  /** Generated where the user gave none. */
  name: string | undefined;
  /** Behind `--`. */
  args: string[];
  entrypoint: string | undefined;
  environment: Variable[];
  volumes: Volume[];
  tmpfs: OciMount[];
  devices: DeviceRequest[];
  limits: OciRlimit[];
  oomScore: number | undefined;
  /** Bytes of /dev/shm; the usual 64 MiB where nobody says. */
  shmSize: number | undefined;
  workingDir: string | undefined;
  user: string | undefined;
  hostname: string;
  capabilities: string[];
  labels: Record<string, string>;
  /** Ports that it listens on, beside those of the image. */
  exposed: string[];
  stopSignal: string | undefined;
  readonly: boolean;
  interactive: boolean;
  tty: boolean;
  detach: boolean;
  init: boolean;
  autoRemove: boolean;
  /** Who builds the container; the parent where nobody is named. */
  owner: ProcessIdentity | undefined;
  /** With them it can be started again. */
  stages: StageWords | undefined;
}

/** Reads the flags of `bundle`. Touches nothing but env files. */
export function parseRequest(flags: FlagValues<typeof BUNDLE_FLAGS>, image: string, args: string[]): BundleRequest {
  const id = flags.id === undefined ? newContainerId() : checkContainerId(flags.id);
  const cwd = process.cwd();
  const fromFiles = flags["env-file"].flatMap((file) => parseEnvironmentFile(readFile(file), file, process.env));
  return {
    image,
    id,
    name: flags.name === undefined ? undefined : checkContainerName(flags.name),
    args,
    entrypoint: flags.entrypoint,
    environment: [...fromFiles, ...flags.env.map((text) => parseVariable(text, process.env))],
    volumes: flags.volume.map((text) => parseVolume(text, cwd)),
    tmpfs: flags.tmpfs.map(parseTmpfs),
    devices: flags.device.map(parseDevice),
    limits: parseUlimits(flags.ulimit),
    oomScore: flags["oom-score-adj"] === undefined ? undefined : parseOomScore(flags["oom-score-adj"]),
    shmSize: flags["shm-size"] === undefined ? undefined : parseShmSize(flags["shm-size"]),
    workingDir: flags.workdir === undefined ? undefined : checkWorkingDir(flags.workdir),
    user: flags.user,
    hostname: flags.hostname === undefined ? id.slice(0, 12) : checkHostname(flags.hostname),
    capabilities: chooseCapabilities(flags["cap-add"], flags["cap-drop"]),
    labels: parseLabels(flags.label),
    exposed: flags.expose.map(checkExposed),
    stopSignal: flags["stop-signal"] === undefined ? undefined : checkStopSignal(flags["stop-signal"], "--stop-signal"),
    readonly: flags["read-only"],
    interactive: flags.interactive,
    tty: flags.tty,
    detach: flags.detach,
    init: flags.init,
    autoRemove: flags.rm,
    owner: flags.owner === undefined ? undefined : parseOwner(flags.owner),
    stages: flags.stages === undefined ? undefined : parseStages(flags.stages),
  };
}

/** 0 is docker's "as usual". */
function parseShmSize(text: string): number | undefined {
  const bytes = parseSize("--shm-size", text);
  return bytes === 0 ? undefined : bytes;
}

function checkExposed(text: string): string {
  const number = Number(/^(\d{1,5})(?:\/(?:tcp|udp))?$/.exec(text)?.[1] ?? 0);
  if (number >= 1 && number <= 65535) return text;
  throw usageError(`--expose ${JSON.stringify(text)}: expected a port, /tcp or /udp behind it`);
}

/** `PID:START`. A front end says who it is: once it is killed, our parent is PID 1, which is not the one. */
function parseOwner(text: string): ProcessIdentity {
  const match = /^([1-9]\d{0,9}):(\d{1,19})$/.exec(text);
  if (match === null) throw usageError(`--owner ${JSON.stringify(text.slice(0, 40))}: expected PID:START`);
  return { pid: Number(match[1]), start: Number(match[2]) };
}

function parseStages(text: string): StageWords {
  try {
    const { attach, apply } = JSON.parse(text) as Partial<Record<keyof StageWords, unknown>>;
    if (isWords(attach) && isWords(apply)) return { attach, apply };
  } catch {
    // Not JSON: refused below like any other value.
  }
  throw usageError('--stages: expected {"attach": [words], "apply": [words]}');
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

function readFile(file: string): string {
  try {
    const text = readTextIfExists(file);
    if (text !== undefined) return text;
  } catch (error) {
    throw systemError(`--env-file ${file}`, error);
  }
  throw usageError(`--env-file ${file}: no such file`);
}

function checkWorkingDir(path: string): string {
  if (path.startsWith("/") && !path.includes("\0")) return path;
  throw usageError(`--workdir ${JSON.stringify(path.slice(0, 80))}: expected an absolute path`);
}

/** sethostname(2) takes 64 bytes; what a label of a name may hold is RFC 1123's, and the underscore that people use. */
function checkHostname(name: string): string {
  if (/^(?=.{1,64}$)[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/.test(name)) return name;
  throw usageError(`--hostname ${JSON.stringify(name.slice(0, 80))}: expected 1 to 64 of a-z A-Z 0-9 . - _`);
}
