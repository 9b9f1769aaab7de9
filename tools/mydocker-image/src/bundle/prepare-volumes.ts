import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OciMount } from "@mydocker/oci";
import { errnoOf, systemError } from "@mydocker/stage";
import { CONTAINER_FILE, type HostPaths, makePrivateDirectory, volumeData } from "@mydocker/state";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { copyFromImage, type ImageFiles } from "./copy-from-image.ts";
import type { UndoList } from "./undo-list.ts";
import type { Volume } from "./volume-spec.ts";

export interface VolumePlace {
  paths: HostPaths;
  /** The container's directory: its anonymous volumes are in it, and go with it. */
  directory: string;
  /** What a new volume begins with. */
  image: ImageFiles;
}

/** Makes what volumes need on the host, and returns their mounts. */
export async function prepareVolumes(volumes: Volume[], place: VolumePlace, undo: UndoList): Promise<OciMount[]> {
  const mounts: OciMount[] = [];
  for (const [index, volume] of volumes.entries()) {
    const source = await prepareSource(volume, index, place, undo);
    const options = ["rbind", volume.propagation, ...(volume.readonly ? ["ro", "rro"] : ["rw"])];
    mounts.push({ destination: volume.destination, type: "bind", source, options });
  }
  return mounts;
}

async function prepareSource(volume: Volume, index: number, place: VolumePlace, undo: UndoList): Promise<string> {
  const { source } = volume;
  if (source.kind === "bind") return prepareBind(source.path, undo);
  const directory =
    source.kind === "named"
      ? volumeData(place.paths, source.name)
      : join(place.directory, CONTAINER_FILE.volumes, `${index}`, "_data");
  const isNew = !existsSync(directory);
  if (isNew) await makeVolume(volume, directory, place);
  else if (volume.copy && readdirSync(directory).length === 0) {
    await copyFromImage(place.paths, place.image, volume.destination, directory);
  }
  if (isNew && source.kind === "named") {
    undo.add(() => rmSync(dirname(directory), { recursive: true, force: true }));
  }
  return directory;
}

/** A host directory that is not there is made, as docker makes it. */
function prepareBind(path: string, undo: UndoList): string {
  if (existsSync(path)) return path;
  try {
    const first = mkdirSync(path, { recursive: true, mode: 0o755 });
    if (first !== undefined) undo.add(() => removeEmpty(path, first));
  } catch (error) {
    throw systemError(`--volume: make the host's ${path}`, error);
  }
  return path;
}

/** Takes away the directories from `path` up to `first`, unless somebody has put something in. */
function removeEmpty(path: string, first: string): void {
  rmdirSync(path);
  if (path !== first) removeEmpty(dirname(path), first);
}

/** A volume appears by rename, with what the image has there: of two containers that make it, one does. */
async function makeVolume(volume: Volume, directory: string, { paths, image }: VolumePlace): Promise<void> {
  makePrivateDirectory(dirname(dirname(directory)));
  await withTemporaryDirectory(paths, async (temporary) => {
    const built = join(temporary, "volume");
    mkdirSync(join(built, "_data"), { recursive: true, mode: 0o755 });
    if (volume.copy) await copyFromImage(paths, image, volume.destination, join(built, "_data"));
    try {
      renameSync(built, dirname(directory));
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw systemError(`make volume ${directory}`, error);
    }
  });
}
