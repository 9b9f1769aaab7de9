import { join } from "node:path";
import { PassThrough } from "node:stream";
import { requireProgram } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { makeLayer } from "../layer/make-layer.ts";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import { placeLayer } from "../store/layers.ts";
import { type LayerBlob, writeLayerBlob } from "./layer-blob.ts";

/** A layer that was made, both as a blob and unpacked, and is not in the store yet. */
export interface PackedLayer extends LayerBlob {
  /** The blob's file. */
  file: string;
  /** Lets the unpacked layer appear in the store. */
  place(): void;
}

/**
 * Makes a layer of an archive, in one pass: it is unpacked, by who unpacks those of registries and behind the same checks, while it is
 * hashed and compressed.
 *
 * @param directory a temporary one
 */
export async function packLayer(
  paths: HostPaths,
  archive: AsyncIterable<Buffer>,
  directory: string,
  { limits, landlock }: UnpackOptions,
): Promise<PackedLayer> {
  const [file, made] = [join(directory, "layer"), join(directory, "unpacked")];
  const copy = new PassThrough();
  // Whoever of the two fails ends the other, with the same error; it is thrown below.
  copy.on("error", () => {});
  const endBoth = (error: unknown): never => {
    copy.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  };
  const [written, unpacked] = await Promise.allSettled([
    writeLayerBlob(copyTo(copy, archive), file).catch(endBoth),
    makeLayer({ blob: copy, diffId: undefined, limits }, made, landlock).catch(endBoth),
  ]);
  if (written.status === "rejected") throw written.reason;
  if (unpacked.status === "rejected") throw unpacked.reason;
  const { diffId } = written.value;
  // Nobody could fetch it again: blob and layer are on the disk before anything says that they are there.
  await requireProgram("sync", ["--file-system", directory]);
  const place = (): void => placeLayer(paths, made, digestHex(diffId, "diff id"), unpacked.value);
  return { ...written.value, file, place };
}

async function* copyTo(copy: PassThrough, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const bytes of source) {
    await new Promise<void>((resolve, reject) => {
      copy.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    yield bytes;
  }
  copy.end();
}
