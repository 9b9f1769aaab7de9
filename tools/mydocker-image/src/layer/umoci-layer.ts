import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { debug, MydockerError, requireProgram, shimPath } from "@mydocker/stage";
import { runSupervised } from "../pull/supervised.ts";
import { MANIFEST_TYPE } from "../store/documents.ts";
import type { LayerFacts } from "../store/layers.ts";
import { badLayer } from "../tar/bad-layer.ts";
import { type LayerSource, readLayer } from "./read-layer.ts";

/** In a mount namespace that goes with the program: nobody else ever sees the mount, whoever is killed. */
const UNPACK = `set -e
cd "$1"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" -- "$3/merged"
exec umoci raw unpack --image "$3/layout:image" "$3/merged"`;

type NamedSource = LayerSource & { diffId: string };

export interface Parents {
  /** Where their names are looked up. */
  directory: string;
  /** Topmost first. */
  names: string[];
}

/**
 * Unpacks a layer with umoci: it writes into an overlay on the layer's parents, whose upper directory is then what the layer
 * changes. What umoci 0.4.7 does not read (zstd, xz), or would believe, it does not get to see.
 *
 * @param directory made here; the layer is `upper` in it, complete and on the disk when this returns
 */
export async function makeUmociLayer(source: NamedSource, parents: Parents, directory: string): Promise<LayerFacts> {
  for (const part of ["", "empty", "upper", "work", "merged", "layout"]) {
    mkdirSync(join(directory, part), { mode: 0o755 });
  }
  const read = await writeLayout(source, join(directory, "layout"));
  // An overlay takes one layer below at least; and without one, overlayfs' own attributes would be taken as they come.
  const lower = [...parents.names, join(directory, "empty")].join(":");
  const args = ["--mount", "--", "sh", "-c", UNPACK, "sh", parents.directory, lower, directory];
  const { code, stderr } = await runSupervised("unshare", args, debug);
  if (code !== 0) throw umociFailure(stderr);
  await requireProgram("sync", ["--file-system", join(directory, "upper")]);
  const told = await requireProgram(shimPath(), ["opaque", join(directory, "upper")]);
  const opaque = told.split("\0").flatMap((text) => (text.startsWith("o") ? [text.slice(1)] : []));
  return { size: read.size, entries: read.entries, whiteouts: read.whiteouts, opaque, implicit: [] };
}

/** An OCI layout of this layer alone, as a plain archive that has been read, hashed and judged. */
async function writeLayout(source: NamedSource, layout: string) {
  const blobs = join(layout, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const hex = source.diffId.slice("sha256:".length);
  const file = openSync(join(blobs, hex), "w", 0o600);
  let size = 0;
  try {
    const read = await readLayer(source, {
      frames: () => Promise.resolve(),
      archive(bytes) {
        for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
        size += bytes.length;
        return Promise.resolve();
      },
    });
    if (read.dropped > 0) {
      throw badLayer(
        "it has attributes that are overlayfs' own, which umoci would keep",
        "--driver overlay, which leaves them out",
      );
    }
    const add = (mediaType: string, value: object): object => {
      const data = JSON.stringify(value);
      const digest = createHash("sha256").update(data).digest("hex");
      writeFileSync(join(blobs, digest), data);
      return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(data) };
    };
    const rootfs = { type: "layers", diff_ids: [source.diffId] };
    const config = add("application/vnd.oci.image.config.v1+json", { architecture: "amd64", os: "linux", rootfs });
    const layers = [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: source.diffId, size }];
    const manifest = add(MANIFEST_TYPE, { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers });
    const annotations = { "org.opencontainers.image.ref.name": "image" };
    writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(
      join(layout, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
    );
    return read;
  } finally {
    closeSync(file);
  }
}

function umociFailure(stderr: string): MydockerError {
  const why = stderr.trim().split("\n").at(-1)?.replace(/^\W+/, "") ?? "";
  const message = `umoci: ${why === "" ? "it failed and said nothing" : why}`;
  if (/no space left on device/.test(why)) {
    return new MydockerError(message, {
      code: "ENOSPC",
      hint: "make room: mydocker system prune, or mydocker-image gc",
    });
  }
  return new MydockerError(message, { code: "UNPACK_FAILED", hint: "--driver overlay" });
}
