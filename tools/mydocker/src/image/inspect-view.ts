import { familiarName } from "./image.ts";

/** What `mydocker-image inspect` prints. */
export interface ImageDocument {
  reference: string;
  id: string;
  digest: string;
  size: number;
  created: string;
  architecture: string;
  os: string;
  config: Record<string, unknown>;
  layers: { digest: string; size: number; diffId: string }[];
}

/** An image in the shape of docker's `inspect`. */
export function imageView(image: ImageDocument) {
  const { repository, tag } = familiarName(image.reference);
  return {
    Id: image.id,
    RepoTags: tag === "<none>" ? [] : [`${repository}:${tag}`],
    RepoDigests: [`${repository}@${image.digest}`],
    Created: image.created,
    Architecture: image.architecture,
    Os: image.os,
    Size: image.size,
    Config: image.config,
    RootFS: { Type: "layers", Layers: image.layers.map((layer) => layer.diffId) },
  };
}
