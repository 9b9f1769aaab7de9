import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type OciConfig,
  type OciMount,
  type ResolvedUser,
  resolveUser,
  stringifyExact,
  UserError,
} from "@mydocker/oci";
import { MydockerError, shimPath, usageError, warn, withInverseHook } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  type ContainerRecord,
  containerDirectory,
  type HostPaths,
  identifyProcess,
  nameClaim,
  releaseClaim,
  writeContainerRecord,
  writeFileAtomic,
} from "@mydocker/state";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import { removeContainerDirectory } from "../release/remove-directory.ts";
import type { IndexEntry } from "../store/image-index.ts";
import { type ImageTree, imageTree } from "../store/image-tree.ts";
import { stackFile } from "../store/paths.ts";
import { readImage, type StoredImage } from "../store/read-blob.ts";
import { lowerDirectories, readStack, type Stack } from "../store/stack.ts";
import { buildConfig, type ConfigInput } from "./build-config.ts";
import { claimName } from "./claim-name.ts";
import { commandLine } from "./command-line.ts";
import { makeContainerDirectory } from "./container-directory.ts";
import { generateName } from "./container-name.ts";
import { findDevices } from "./find-devices.ts";
import { givenSettings } from "./given-settings.ts";
import { readInRoot } from "./in-root.ts";
import { combineMounts, type UserMount } from "./mounts.ts";
import { prepareVolumes } from "./prepare-volumes.ts";
import { maskedPaths } from "./protected-paths.ts";
import type { BundleRequest } from "./request.ts";
import { grantLimits, grantOomScore, readGrantable } from "./resource-limits.ts";
import { checkStopSignal } from "./stop-signal.ts";
import { UndoList } from "./undo-list.ts";
import { imageVolume, type Volume } from "./volume-spec.ts";

/** Where the shim is in a container that it is PID 1 of. */
const REAPER = "/sbin/mydocker-init-reaper";
const NAME_ATTEMPTS = 20;

/**
 * Makes a container of an image: its directory, its record, its name, its volumes, and its config, which `deliver` gets as text.
 * Where any of it fails, the delivery included, nothing of it remains.
 */
export async function makeBundle(
  paths: HostPaths,
  request: BundleRequest,
  entry: IndexEntry,
  deliver: (config: string) => void,
  unpacking?: UnpackOptions,
): Promise<void> {
  const undo = new UndoList();
  try {
    const config = `${stringifyExact(await makeParts(paths, request, entry, undo, unpacking))}\n`;
    if (request.stages !== undefined) {
      writeFileAtomic(join(containerDirectory(paths, request.id), CONTAINER_FILE.bundled), config);
    }
    deliver(config);
  } catch (error) {
    undo.undo();
    throw error;
  }
}

async function makeParts(
  paths: HostPaths,
  request: BundleRequest,
  entry: IndexEntry,
  undo: UndoList,
  unpacking: UnpackOptions | undefined,
): Promise<OciConfig> {
  // An image that is unpacked was checked then, and root alone can have changed it since: hashing it again would be a
  // third of the time that all this takes.
  const hex = digestHex(entry.descriptor.digest, "image");
  const isUnpacked = existsSync(stackFile(paths, hex));
  const image = readImage(paths, entry.descriptor.digest, isUnpacked ? "size" : "digest");
  const command = commandLine({ ...image.config.config, override: request.entrypoint, args: request.args });
  const { directory, name } = await makeContainer(paths, recordOf(request, image, entry, command), request.name, undo);
  // The record is written: from here on nobody takes the image's layers away as unused.
  const stack = readStack(paths, hex) ?? (await unpack(paths, entry.descriptor.digest, unpacking));
  const lower = lowerDirectories(paths, stack);
  const tree = imageTree(paths, stack);
  const rootfs = join(directory, CONTAINER_FILE.rootfs);
  const volumes = allVolumes(request, image.config.config.volumes);
  const user = findUser(request.user ?? image.config.config.user, tree);
  const devices = findDevices(request.devices);
  // Checked before anything is made for the volumes.
  combineMounts(
    userMounts(
      request,
      volumes.map(({ destination }) => ({ destination })),
    ),
  );
  const volumeMounts = await prepareVolumes(
    volumes,
    { paths, directory, image: { tree, lower, isPlain: stack.isPlain } },
    undo,
  );
  const config = buildConfig({
    request,
    name,
    reference: entry.reference,
    defaults: image.config.config,
    directory,
    rootfs,
    overlay: {
      lower,
      upper: join(directory, CONTAINER_FILE.upper),
      work: join(directory, CONTAINER_FILE.work),
      ...(request.autoRemove ? { volatile: true } : {}),
    },
    user,
    args: request.init ? [REAPER, "reaper", "--", ...command] : command,
    mounts: combineMounts(userMounts(request, volumeMounts), request.shmSize),
    devices,
    ...grantable(request),
    maskedPaths: maskedPaths(),
    stopSignal: stopSignalOf(request, image),
  });
  return request.autoRemove ? withInverseHook(config, "mydocker-image") : config;
}

/** The request's limits as far as they can be had: what cannot be granted is said, and is no reason to fail. */
function grantable({ limits, oomScore }: BundleRequest): Pick<ConfigInput, "limits" | "oomScore"> {
  if (limits.length === 0 && oomScore === undefined) return { limits, oomScore };
  const own = readGrantable((name) => readFileSync(`/proc/self/${name}`, "utf8"));
  return {
    limits: grantLimits(limits, own, warn),
    oomScore: oomScore === undefined ? undefined : grantOomScore(oomScore, own, warn),
  };
}

/** Loaded only where it is needed: most containers are made of an image that is unpacked. */
async function unpack(paths: HostPaths, digest: string, options?: UnpackOptions): Promise<Stack> {
  const { unpackImage } = await import("../store/unpack.ts");
  return unpackImage(paths, digest, options);
}

function recordOf(
  request: BundleRequest,
  image: StoredImage,
  entry: IndexEntry,
  command: string[],
): Omit<ContainerRecord, "name"> {
  const owner = request.owner ?? identifyProcess(process.ppid);
  if (owner === undefined) throw new MydockerError("whoever started this has gone away", { code: "NO_OWNER" });
  return {
    id: request.id,
    image: request.image,
    imageId: image.id,
    imageDigest: entry.descriptor.digest,
    command,
    created: new Date().toISOString(),
    owner,
    autoRemove: request.autoRemove,
    tty: request.tty,
    labels: { ...image.config.config.labels, ...request.labels },
    stopSignal: stopSignalOf(request, image) ?? "SIGTERM",
    given: givenSettings(request),
    ...(request.stages === undefined ? {} : { stages: request.stages }),
  };
}

function stopSignalOf(request: BundleRequest, image: StoredImage): string | undefined {
  const { stopSignal } = image.config.config;
  return (
    request.stopSignal ?? (stopSignal === undefined ? undefined : checkStopSignal(stopSignal, "the image's StopSignal"))
  );
}

/** The directory first, then the name: a claim whose holder has no directory is stale. */
async function makeContainer(
  paths: HostPaths,
  record: Omit<ContainerRecord, "name">,
  wanted: string | undefined,
  undo: UndoList,
): Promise<{ directory: string; name: string }> {
  let name = wanted ?? findFreeName(paths, 0);
  const directory = makeContainerDirectory(paths, { ...record, name });
  undo.add(() => removeContainerDirectory(paths, record.id));
  undo.add(() => releaseClaim(nameClaim(paths, name), record.id));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await claimName(paths, name, record.id);
      return { directory, name };
    } catch (error) {
      // Somebody was given the same generated name at the same time.
      if (wanted !== undefined || attempt === NAME_ATTEMPTS) throw error;
      name = findFreeName(paths, attempt);
      writeContainerRecord(directory, { ...record, name });
    }
  }
}

function findFreeName(paths: HostPaths, attempts: number): string {
  for (let attempt = attempts; attempt < NAME_ATTEMPTS; attempt += 1) {
    const name = generateName(attempt);
    if (!existsSync(nameClaim(paths, name))) return name;
  }
  return generateName(NAME_ATTEMPTS);
}

function findUser(spec: string, tree: ImageTree): ResolvedUser {
  try {
    return resolveUser(spec, readInRoot(tree, "/etc/passwd"), readInRoot(tree, "/etc/group"));
  } catch (error) {
    if (error instanceof UserError) throw usageError(error.message, "--user with a number, or a name of the image's");
    throw error;
  }
}

/** The user's volumes, and those that the image wants and the user has nothing else for. */
function allVolumes(request: BundleRequest, wanted: string[]): Volume[] {
  const taken = new Set([...request.volumes, ...request.tmpfs].map(({ destination }) => destination));
  const others = wanted.flatMap((path) => imageVolume(path) ?? []).filter(({ destination }) => !taken.has(destination));
  return [...request.volumes, ...others];
}

function userMounts(request: BundleRequest, volumes: OciMount[]): UserMount[] {
  return [
    ...volumes.map((mount) => ({ flag: "--volume", mount })),
    ...request.tmpfs.map((mount) => ({ flag: "--tmpfs", mount })),
    ...(request.init ? [{ flag: "--init", mount: reaperMount() }] : []),
  ];
}

function reaperMount(): OciMount {
  const source = shimPath();
  if (!existsSync(source)) {
    throw new MydockerError(`--init: ${source} is not there`, { code: "NO_SHIM", hint: "npm run build" });
  }
  return { destination: REAPER, type: "bind", source, options: ["bind", "ro", "nosuid", "nodev"] };
}
