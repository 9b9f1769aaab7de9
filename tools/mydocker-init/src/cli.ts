import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-init",
  summary: "Start processes in namespaces: an OCI runtime over a small C shim",
  examples: [
    "mydocker-init --root /run/engine --log /run/engine/log.json --log-format json create --bundle /tmp/bundle my-container",
    "dockerd --add-runtime mydocker=/usr/local/bin/mydocker-init",
  ],
  globals: () => import("./global-flags.ts"),
  verbs: {
    run: { summary: "Make a container of a config and run it", load: () => import("./verbs/run.ts") },
    create: { summary: "Make a container, ready to be started", load: () => import("./verbs/create.ts") },
    start: { summary: "Let a created container run its command", load: () => import("./verbs/start.ts") },
    exec: { summary: "Run one more command in a container", load: () => import("./verbs/exec.ts") },
    attach: { summary: "Be the terminal of a detached container", load: () => import("./verbs/attach.ts") },
    state: { summary: "Print a container's OCI state", load: () => import("./verbs/state.ts") },
    list: { summary: "List the containers that there are", load: () => import("./verbs/list.ts") },
    ps: { summary: "List a container's processes", load: () => import("./verbs/ps.ts") },
    kill: { summary: "Send a signal to a container's init", load: () => import("./verbs/kill.ts") },
    pause: { summary: "Stop every process of a container where it is", load: () => import("./verbs/pause.ts") },
    resume: { summary: "Let a paused container run on", load: () => import("./verbs/resume.ts") },
    update: { summary: "Change a container's limits", load: () => import("./verbs/update.ts") },
    events: { summary: "Report a container's usage, and its lack of memory", load: () => import("./verbs/events.ts") },
    delete: { summary: "Take away what create made", load: () => import("./verbs/delete.ts") },
    plan: { summary: "Print what a config will make the shim do", load: () => import("./verbs/plan.ts") },
    spec: { summary: "Write a config to begin with", load: () => import("./verbs/spec.ts") },
    features: { summary: "Print what this runtime can do, as JSON", load: () => import("./verbs/features.ts") },
    checkpoint: {
      summary: "Not supported: save a container's processes to disk",
      hidden: true,
      load: () => import("./verbs/checkpoint.ts"),
    },
    restore: {
      summary: "Not supported: bring back what checkpoint saved",
      hidden: true,
      load: () => import("./verbs/restore.ts"),
    },
    abandon: {
      summary: "Undo a container that could not be made",
      hidden: true,
      load: () => import("./verbs/abandon.ts"),
    },
    gc: { summary: "Take away containers whose init has ended", load: () => import("./verbs/gc.ts") },
  },
};
