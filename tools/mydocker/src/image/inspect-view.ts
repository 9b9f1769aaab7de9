import { familiarName, isUnnamed } from "./image.ts";

/** What `mydocker-image inspect` prints. */
export interface ImageDocument {
  reference: string;
  /** All names of the image, this one included. */
  references: string[];
  id: string;
  digest: string;
  size: number;
  created: string;
  architecture: string;
  os: string;
  config: Record<string, unknown>;
  layers: { digest: string; size: number; diffId: string }[];
  /** What an overlay of it is mounted of, topmost first; absent where it is not unpacked. */
  lower?: string[];
}

/** An image in the shape of docker's `inspect`. */
export function imageView(image: ImageDocument) {
  const names = image.references.filter((reference) => !isUnnamed(reference)).map(familiarName);
  const tags = names.filter(({ tag }) => tag !== "<none>").map(({ repository, tag }) => `${repository}:${tag}`);
  return {
    Id: image.id,
    RepoTags: tags,
    RepoDigests: [...new Set(names.map(({ repository }) => `${repository}@${image.digest}`))],
    Created: image.created,
    Architecture: image.architecture,
    Os: image.os,
    Size: image.size,
    Config: image.config,
    GraphDriver: { Name: "overlay", Data: image.lower === undefined ? null : { LowerDir: image.lower.join(":") } },
    RootFS: { Type: "layers", Layers: image.layers.map((layer) => layer.diffId) },
  };
}
