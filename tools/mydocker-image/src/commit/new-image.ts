import { createHash } from "node:crypto";
import { type Descriptor, MANIFEST_TYPE } from "../store/documents.ts";
import type { LayerBlob } from "./layer-blob.ts";

/** How an image came to be (image-spec config.md). */
export interface Step {
  /** RFC 3339. */
  created: string;
  createdBy: string;
  author: string;
  comment: string;
}

/** What a new image is made of. */
export interface ImageParts {
  /** The config of the image that it is made of, as it stands; empty for one that is made of none. */
  base: Record<string, unknown>;
  /** Its layers. */
  layers: Descriptor[];
  /** What containers get of it. */
  config: Record<string, unknown>;
  /** What it has more; undefined where nothing has changed. */
  layer: LayerBlob | undefined;
  step: Step;
}

export interface NewImage {
  /** Config and manifest, by digest. */
  documents: Map<string, Buffer>;
  descriptor: Descriptor;
  /** Digest of the config. */
  id: string;
}

const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
/** What docker noted of the container that an image was made of. */
const OF_ANOTHER = ["id", "parent", "container", "container_config", "docker_version", "comment"];

/** The documents of an image that is another one and a layer. Always the OCI's: docker's and the OCI's types do not mix in a manifest. */
export function composeNewImage({ base, layers, config, layer, step }: ImageParts): NewImage {
  const documents = new Map<string, Buffer>();
  const add = (mediaType: string, value: object): Descriptor => {
    const data = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash("sha256").update(data).digest("hex")}`;
    documents.set(digest, data);
    return { mediaType, digest, size: data.length };
  };
  const described = add(CONFIG_TYPE, configDocument({ base, config, layer, step }));
  const all = [
    ...layers.map(({ mediaType, digest, size }) => ({ mediaType: ociLayerType(mediaType), digest, size })),
    ...(layer === undefined ? [] : [{ mediaType: `${LAYER_TYPE}+gzip`, digest: layer.digest, size: layer.size }]),
  ];
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: described, layers: all };
  return { documents, descriptor: add(MANIFEST_TYPE, manifest), id: described.digest };
}

function configDocument({ base, config, layer, step }: Omit<ImageParts, "layers">): object {
  const rest = Object.fromEntries(Object.entries(base).filter(([name]) => !OF_ANOTHER.includes(name)));
  const history = [...listOf(base.history), historyEntry(step, layer === undefined)];
  const rootfs = base.rootfs as { diff_ids?: unknown } | undefined;
  const diffIds = [...listOf(rootfs?.diff_ids), ...(layer === undefined ? [] : [layer.diffId])];
  return {
    ...rest,
    created: step.created,
    ...(step.author === "" ? {} : { author: step.author }),
    config,
    rootfs: { type: "layers", diff_ids: diffIds },
    history,
  };
}

function historyEntry({ created, createdBy, author, comment }: Step, isEmpty: boolean): object {
  return {
    created,
    ...(createdBy === "" ? {} : { created_by: createdBy }),
    ...(author === "" ? {} : { author }),
    ...(comment === "" ? {} : { comment }),
    ...(isEmpty ? { empty_layer: true } : {}),
  };
}

/** Compression is the same in both; foreign layers are what the OCI calls non-distributable. */
function ociLayerType(mediaType: string): string {
  const docker = /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(?:\.(\w+))?$/.exec(mediaType);
  if (docker === null) return mediaType;
  const [, foreign, compression] = docker;
  const type = foreign === undefined ? LAYER_TYPE : LAYER_TYPE.replace("layer.v1", "layer.nondistributable.v1");
  return compression === undefined ? type : `${type}+${compression}`;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
