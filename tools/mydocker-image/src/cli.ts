import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-image",
  summary: "Pull, unpack and store OCI images, and make containers' configs of them",
  verbs: {
    bundle: {
      summary: "Make a container of an image, and write its OCI config",
      load: () => import("./verbs/bundle.ts"),
    },
    release: { summary: "Undo bundle", load: () => import("./verbs/release.ts") },
    mount: { summary: "Mount a container's rootfs on the host", load: () => import("./verbs/mount.ts") },
    unmount: { summary: "Undo mount", load: () => import("./verbs/unmount.ts") },
    pull: { summary: "Fetch an image from a registry", load: () => import("./verbs/pull.ts") },
    push: { summary: "Send an image to a registry", load: () => import("./verbs/push.ts") },
    tag: { summary: "Give an image one more reference", load: () => import("./verbs/tag.ts") },
    unpack: { summary: "Unpack an image of the store", load: () => import("./verbs/unpack.ts") },
    list: { summary: "List the images of the store", load: () => import("./verbs/list.ts") },
    inspect: { summary: "Print an image's config and digests", load: () => import("./verbs/inspect.ts") },
    history: { summary: "Print how an image was made", load: () => import("./verbs/history.ts") },
    save: { summary: "Write images as a tar archive", load: () => import("./verbs/save.ts") },
    load: { summary: "Take images from a tar archive", load: () => import("./verbs/load.ts") },
    commit: { summary: "Make an image of a container", load: () => import("./verbs/commit.ts") },
    repack: { summary: "Make an overlay's upper directory a layer", load: () => import("./verbs/repack.ts") },
    remove: { summary: "Remove images from the store", load: () => import("./verbs/remove.ts") },
    cat: { summary: "Write a file of an image to stdout", load: () => import("./verbs/cat.ts") },
    layers: { summary: "Print what each layer of an image changes", load: () => import("./verbs/layers.ts") },
    verify: { summary: "Compare the store with what it should be", load: () => import("./verbs/verify.ts") },
    prune: { summary: "Remove images that nothing needs", load: () => import("./verbs/prune.ts") },
    gc: { summary: "Take away what has no live owner", load: () => import("./verbs/gc.ts") },
  },
};
