import { join } from "node:path";
import { ANNOTATION, getAnnotation, type NetworkEndpoint, type OciConfig } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  type ContainerRecord,
  containerDirectory,
  containerLife,
  findContainer,
  type HostPaths,
  readContainerRecord,
  readJsonIfExists,
} from "@mydocker/state";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import { parseRecord } from "../store/documents.ts";
import { imageTree } from "../store/image-tree.ts";
import { blobFile } from "../store/paths.ts";
import { blobsOf, hasBlob, readDocument, readImage } from "../store/read-blob.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { unpackImage } from "../store/unpack.ts";
import { archiveWalk } from "../walk/archive-walk.ts";
import { walkDirectory } from "../walk/walk-directory.ts";
import { type AddedImage, addImage } from "./add-image.ts";
import { belowUpper } from "./below.ts";
import { holdStill } from "./hold-still.ts";
import { configWith, type ImageSettings, settingsOf } from "./image-settings.ts";
import { limitFiles } from "./limit-files.ts";
import type { Step } from "./new-image.ts";
import { packLayer } from "./pack-layer.ts";
import { UpperArchivist } from "./upper-archivist.ts";

/** Whose changes become a layer, and of which image. */
export interface Changed {
  upper: string;
  /** Digest of the image's manifest. */
  imageDigest: string;
  /** Where a container has them: it may be running. */
  container?: { id: string; record: ContainerRecord };
}

export interface ContainersChanges extends Required<Changed> {
  /** What is published of it: `80/tcp`. */
  ports: string[];
}

export interface CommitOptions {
  /** Normalised; undefined: the image gets no name. */
  reference: string | undefined;
  step: Step;
  /** Whether the container's processes stand still meanwhile. */
  pause: boolean;
  /** What containers of the image get, from what those of the old one do. */
  settings(old: ImageSettings): ImageSettings;
  unpacking: UnpackOptions;
}

/** Finds a container's changes, and the image that it is of. */
export function changesOfContainer(paths: HostPaths, wanted: string): ContainersChanges {
  const id = findContainer(paths, wanted);
  const directory = containerDirectory(paths, id);
  const record = readContainerRecord(directory);
  if (record?.imageDigest === undefined || containerLife(paths, id, record).status === "missing") {
    throw new MydockerError(`container ${wanted}: no record says which image it is of`, {
      code: "NO_RECORD",
      exitCode: 1,
    });
  }
  return {
    upper: join(directory, CONTAINER_FILE.upper),
    imageDigest: record.imageDigest,
    container: { id, record },
    ports: publishedPorts(directory),
  };
}

function publishedPorts(directory: string): string[] {
  const config = readJsonIfExists(join(directory, CONTAINER_FILE.config)) as OciConfig | undefined;
  const endpoint = config === undefined ? undefined : getAnnotation(config, ANNOTATION.network);
  const { ports = [] } = endpoint === undefined ? {} : (JSON.parse(endpoint) as Partial<NetworkEndpoint>);
  return ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
}

/** Makes an image of another one and of an overlay's upper directory, which is its last layer. */
export function commitChanges(paths: HostPaths, changed: Changed, options: CommitOptions): Promise<AddedImage> {
  const { imageDigest, upper, container } = changed;
  return withTemporaryDirectory(
    paths,
    async (directory) => {
      const image = readImage(paths, imageDigest);
      if (!blobsOf(image.manifest).every((each) => hasBlob(paths, each))) throw blobsGone(imageDigest);
      const base = parseRecord(
        readDocument(blobFile(paths, digestHex(image.id, "config")), image.id, "digest"),
        "config",
      );
      const stack = await unpackImage(paths, imageDigest, options.unpacking);
      const archivist = new UpperArchivist(belowUpper(imageTree(paths, stack)));
      const write = () => {
        const { limits, landlock } = options.unpacking;
        const walked = walkDirectory({ directory: upper }, { landlock });
        return packLayer(paths, archiveWalk(limitFiles(walked, limits), archivist), directory, options.unpacking);
      };
      const written =
        container !== undefined && options.pause ? await holdStill(paths, container.id, write) : await write();
      const old = (base.config ?? {}) as Record<string, unknown>;
      const settings = options.settings(settingsOf(old, image.config.config));
      const parts = {
        base,
        layers: image.manifest.layers,
        config: configWith(old, settings),
        layer: archivist.count === 0 ? undefined : written,
        step: options.step,
      };
      return addImage(paths, directory, parts, options.reference, options.unpacking);
    },
    "fetch",
  );
}

/** A container needs layers alone: `remove --force` may have taken the rest away. */
function blobsGone(digest: string): MydockerError {
  return new MydockerError(`image ${digest}: it has been removed, and its blobs with it`, {
    code: "NO_BLOB",
    hint: "pull it again",
    exitCode: 1,
  });
}
