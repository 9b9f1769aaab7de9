import { join } from "node:path";
import { usageError } from "@mydocker/stage";
import { readJsonIfExists, writeFileAtomic } from "./atomic-file.ts";
import { CONTAINER_FILE } from "./paths.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** Who and what a container is, small enough that `ps` can read a thousand of them. */
export interface ContainerRecord {
  id: string;
  name: string;
  /** As the user wrote it: `busybox`, `debian:12`. */
  image: string;
  /** Digest of the image's config: `sha256:…`. */
  imageId: string;
  /** Digest of the image's manifest: names the unpacked tree that is the container's lower. Absent in records of others. */
  imageDigest?: string;
  command: string[];
  /** RFC 3339. */
  created: string;
  /**
   * Who is building the container: the parent of `mydocker-image bundle`, that is the shell or front end that runs the
   * pipeline. Once it is gone and nothing was started, the container is garbage.
   */
  owner: ProcessIdentity;
  /** `--rm`: the container goes when it ends. */
  autoRemove: boolean;
  tty: boolean;
  labels: Record<string, string>;
  stopSignal: string;
  /** Absent in records of others. */
  given?: GivenSettings;
  /** What the front end gives the stages behind `bundle`, so that `start` can. Absent where somebody else made the pipe. */
  stages?: StageWords;
  /**
   * It stays until somebody removes it, though it never ran and whoever made it is gone: `mydocker create` has made it, or a
   * `mydocker start` of it was stopped half-way.
   */
  kept?: boolean;
}

/** Words behind `mydocker-net attach` and `mydocker-cgroup apply`. */
export interface StageWords {
  attach: string[];
  apply: string[];
}

/** What a user said that the image says otherwise, or not at all: an image that is made of the container says it, too. */
export interface GivenSettings {
  /** "" takes the image's away. */
  entrypoint?: string;
  args: string[];
  /** `KEY=VALUE`, or `KEY` that is taken away. */
  env: string[];
  user?: string;
  workingDir?: string;
  stopSignal?: string;
  /** Where the container has volumes of its own. */
  volumes: string[];
}

/** How a container ended; the monitor writes it. */
export interface ExitRecord {
  exitCode: number;
  /** RFC 3339. */
  finishedAt: string;
  /** Why the command could not be started, where that is what happened. */
  error?: string;
  /** The kernel has killed in it for lack of memory. */
  oomKilled?: boolean;
}

/** @param directory the container's directory */
export function readContainerRecord(directory: string): ContainerRecord | undefined {
  return readJsonIfExists(join(directory, CONTAINER_FILE.record)) as ContainerRecord | undefined;
}

export function writeContainerRecord(directory: string, record: ContainerRecord): void {
  const options = { durable: !record.autoRemove };
  writeFileAtomic(join(directory, CONTAINER_FILE.record), `${JSON.stringify(record)}\n`, options);
}

export function readExitRecord(directory: string): ExitRecord | undefined {
  return readJsonIfExists(join(directory, CONTAINER_FILE.exit)) as ExitRecord | undefined;
}

/** docker's rule for names: at least two characters. */
export function checkContainerName(name: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(name)) {
    throw usageError(
      `container name ${JSON.stringify(name.slice(0, 80))}: expected 2 to 128 of a-z A-Z 0-9 _ . - and to start with a letter or digit`,
    );
  }
  return name;
}
