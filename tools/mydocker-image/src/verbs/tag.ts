import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths, withLock } from "@mydocker/state";
import { parseName } from "../reference/parse-name.ts";
import { isUnnamed } from "../reference/unnamed.ts";
import { requireImage } from "../store/find-image.ts";
import { readIndex, unpackedSize, withEntry, writeIndex } from "../store/image-index.ts";
import { storeLock } from "../store/paths.ts";

export const command = defineCommand({
  summary: "Give an image of the store one more reference.",
  usage: "[OPTIONS] IMAGE NAME[:TAG]",
  examples: ["mydocker-image tag busybox registry.lan:5000/busybox:1"],
  flags: { "dry-run": { type: "boolean", description: "Only print what would be done" } },
  args: { min: 2, max: 2 },
  async run({ flags, args: [wanted = "", name = ""] }) {
    const paths = hostPaths();
    const reference = parseName(name);
    if (flags["dry-run"]) {
      const { entry } = requireImage(paths, wanted);
      writeAll(`let ${reference} name ${entry.descriptor.digest}\n`);
      return;
    }
    await withLock(storeLock(paths), async () => {
      const { entry } = requireImage(paths, wanted);
      const { mediaType, digest, size } = entry.descriptor;
      // An image that gets a name is not one without any more.
      const others = readIndex(paths).filter(
        (each) => each.reference !== entry.reference || !isUnnamed(each.reference),
      );
      writeIndex(paths, withEntry(others, reference, { mediaType, digest, size }, unpackedSize(entry)));
    });
  },
});
