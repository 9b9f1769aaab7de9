import { defineCommand, usageError, writeAll, writeDocument } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { type Changed, changesOfContainer, commitChanges } from "../commit/commit-container.ts";
import { createdNow } from "../commit/now.ts";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parseName } from "../reference/parse-name.ts";
import { requireImage } from "../store/find-image.ts";
import { withInterruption } from "../store/interruption.ts";
import { withRoom } from "../store/with-room.ts";

export const command = defineCommand({
  summary:
    "Make an overlay's upper directory a layer: of a container's image, or of any image. Only files change, and no container is paused. Prints JSON.",
  usage: "[OPTIONS] CONTAINER|--upper DIRECTORY IMAGE NAME[:TAG]",
  examples: [
    "mydocker-image repack my-container app:2 | jq -r .layer.diffId",
    "mydocker-image repack --upper ./upper debian:12 app:2",
  ],
  flags: {
    upper: { type: "string", value: "DIRECTORY", description: "The upper directory of an overlay on IMAGE's layers" },
    author: { type: "string", value: "TEXT", description: "Who made it, in the history" },
    message: { type: "string", value: "TEXT", description: "What has changed, in the history" },
    "created-by": { type: "string", value: "TEXT", description: "How it was made, in the history" },
    ...UNPACK_FLAGS,
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 2, max: 2 },
  async run({ flags, args: [wanted = "", name = ""] }) {
    const paths = hostPaths();
    const reference = parseName(name);
    const changed =
      flags.upper === undefined ? changesOfContainer(paths, wanted) : changesOf(paths, flags.upper, wanted);
    if (flags["dry-run"]) {
      writeAll(`make ${reference} of ${changed.imageDigest} and ${changed.upper}\n`);
      return;
    }
    const step = {
      created: createdNow(),
      createdBy: flags["created-by"] ?? "mydocker-image repack",
      author: flags.author ?? "",
      comment: flags.message ?? "",
    };
    const options = { reference, step, pause: false, settings: <T>(old: T) => old, unpacking: unpackOptions(flags) };
    writeDocument(await withInterruption(() => withRoom(paths, () => commitChanges(paths, changed, options))));
  },
});

function changesOf(paths: HostPaths, upper: string, image: string): Changed {
  if (upper === "") throw usageError("--upper: expected a directory");
  return { upper, imageDigest: requireImage(paths, image).entry.descriptor.digest };
}
