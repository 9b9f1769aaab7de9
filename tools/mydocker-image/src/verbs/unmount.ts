import { join } from "node:path";
import { defineCommand, inverseTarget, writeAll } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, findContainer, hostPaths, listContainerIds } from "@mydocker/state";
import { isMountPoint, unmountOverlay } from "../mount/overlay-mount.ts";

export const command = defineCommand({
  summary: "Undo mount: unmount a container's rootfs from the host. Nothing mounted is success.",
  usage: "[OPTIONS] [CONTAINER]",
  examples: ["mydocker-image unmount my-container"],
  flags: { "dry-run": { type: "boolean", description: "Only print what would be done" } },
  args: { min: 0, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const wanted = inverseTarget(args);
    // A name or the beginning of an id will do; a container that is not there has nothing mounted.
    const id = isKnown(wanted) ? findContainer(paths, wanted) : wanted;
    const target = join(containerDirectory(paths, id), CONTAINER_FILE.rootfs);
    if (!flags["dry-run"]) await unmountOverlay(target);
    else if (isMountPoint(target)) writeAll(`unmount ${target}\n`);

    function isKnown(text: string): boolean {
      if (listContainerIds(paths).includes(text)) return true;
      try {
        findContainer(paths, text);
        return true;
      } catch {
        return false;
      }
    }
  },
});
