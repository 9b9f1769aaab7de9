import type { Tool, Verb } from "@mydocker/stage";

const ps: Verb = { summary: "List containers", load: () => import("./commands/ps.ts") };
const images: Verb = { summary: "List images", load: () => import("./commands/images.ts") };
const pull: Verb = { summary: "Fetch an image from a registry", load: () => import("./commands/pull.ts") };
const push: Verb = { summary: "Send an image to a registry", load: () => import("./commands/push.ts") };
const login: Verb = { summary: "Tell a registry who you are", load: () => import("./commands/login.ts") };
const logout: Verb = { summary: "Undo login", load: () => import("./commands/logout.ts") };
const tag: Verb = { summary: "Give an image one more name", load: () => import("./commands/tag.ts") };
const history: Verb = { summary: "Show how an image was made", load: () => import("./commands/history.ts") };
const save: Verb = { summary: "Write images as a tar archive", load: () => import("./commands/save.ts") };
const load: Verb = { summary: "Take images from a tar archive", load: () => import("./commands/load.ts") };
const importImage: Verb = {
  summary: "Make an image of a tar archive of a tree",
  load: () => import("./commands/import.ts"),
};
const rmi: Verb = { summary: "Remove images", load: () => import("./commands/rmi.ts") };
const inspect: Verb = {
  summary: "Show all that is known of containers or images",
  load: () => import("./commands/inspect.ts"),
};

const containers: Record<string, Verb> = {
  run: { summary: "Run a command in a new container", load: () => import("./commands/run.ts") },
  create: { summary: "Make a container, and start it later", load: () => import("./commands/create.ts") },
  start: { summary: "Start containers that were created, or have ended", load: () => import("./commands/start.ts") },
  exec: { summary: "Run a command in a running container", load: () => import("./commands/exec.ts") },
  logs: { summary: "Show what a container has written", load: () => import("./commands/logs.ts") },
  stop: { summary: "Stop containers", load: () => import("./commands/stop.ts") },
  kill: { summary: "Send a signal to containers", load: () => import("./commands/kill.ts") },
  wait: { summary: "Wait until containers have ended", load: () => import("./commands/wait.ts") },
  pause: { summary: "Stop every process of containers where it is", load: () => import("./commands/pause.ts") },
  unpause: { summary: "Let paused containers run on", load: () => import("./commands/unpause.ts") },
  top: { summary: "Show the processes of a container", load: () => import("./commands/top.ts") },
  update: { summary: "Change the limits of containers", load: () => import("./commands/update.ts") },
  stats: { summary: "Show what containers use, live", load: () => import("./commands/stats.ts") },
  rm: { summary: "Remove containers", load: () => import("./commands/rm.ts") },
  commit: { summary: "Make an image of what a container has changed", load: () => import("./commands/commit.ts") },
  diff: { summary: "Show what a container has changed", load: () => import("./commands/diff.ts") },
  export: { summary: "Write a container's files as a tar archive", load: () => import("./commands/export.ts") },
  port: { summary: "Show a container's published ports", load: () => import("./commands/port.ts") },
};

export const tool: Tool = {
  name: "mydocker",
  summary: "Containers without a daemon: docker's commands over a pipe of small tools",
  unknownVerbExit: 1,
  verbs: {
    ...containers,
    ps,
    inspect,
    pull,
    push,
    login,
    logout,
    images,
    history,
    tag,
    save,
    load,
    import: importImage,
    rmi,
    version: { summary: "Show mydocker's version", load: () => import("./commands/version.ts") },
    info: { summary: "Show what is here", load: () => import("./commands/info.ts") },
    container: {
      name: "container",
      summary: "Commands for containers",
      unknownVerbExit: 1,
      verbs: {
        ...containers,
        ls: { ...ps, aliases: ["ps", "list"] },
        inspect,
        prune: { summary: "Remove all stopped containers", load: () => import("./commands/container-prune.ts") },
      },
    },
    image: {
      name: "image",
      summary: "Commands for images",
      unknownVerbExit: 1,
      verbs: {
        prune: { summary: "Remove unused images", load: () => import("./commands/image-prune.ts") },
        ls: { ...images, aliases: ["list"] },
        pull,
        push,
        history,
        tag,
        save,
        load,
        import: importImage,
        rm: { ...rmi, aliases: ["remove"] },
        inspect,
      },
    },
    network: {
      name: "network",
      summary: "Commands for networks",
      unknownVerbExit: 1,
      verbs: {
        create: { summary: "Create a network", load: () => import("./commands/network/create.ts") },
        ls: { summary: "List networks", aliases: ["list"], load: () => import("./commands/network/ls.ts") },
        inspect: { summary: "Show all that is known of networks", load: () => import("./commands/network/inspect.ts") },
        rm: { summary: "Remove networks", aliases: ["remove"], load: () => import("./commands/network/rm.ts") },
        connect: {
          summary: "Connect a container to one more network",
          load: () => import("./commands/network/connect.ts"),
        },
        disconnect: {
          summary: "Disconnect a container from a network",
          load: () => import("./commands/network/disconnect.ts"),
        },
        prune: {
          summary: "Remove networks that no container is on",
          load: () => import("./commands/network/prune.ts"),
        },
        reload: { summary: "Put the firewall's rules back", load: () => import("./commands/network/reload.ts") },
      },
    },
    system: {
      name: "system",
      summary: "Commands for the whole of it",
      unknownVerbExit: 1,
      verbs: {
        info: { summary: "Show what is here", load: () => import("./commands/info.ts") },
        df: { summary: "Show what takes how much of the disk", load: () => import("./commands/system-df.ts") },
        prune: {
          summary: "Remove stopped containers, and what a killed process left",
          load: () => import("./commands/system-prune.ts"),
        },
      },
    },
  },
};
