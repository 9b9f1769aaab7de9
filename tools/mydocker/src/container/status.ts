import type { ContainerLife, ContainerRecord } from "@mydocker/state";
import { humanDuration } from "../format/duration.ts";

/** docker's words for where in its life a container is. */
export type DockerState = "created" | "running" | "exited" | "dead";

export function dockerState(life: ContainerLife): DockerState {
  switch (life.status) {
    case "running":
      return "running";
    case "building":
    case "created":
      return "created";
    case "exited":
      return "exited";
    case "abandoned":
    case "missing":
      return "dead";
  }
}

/** A container whose monitor was killed left no exit code: docker shows 255 after a crash of the host. */
export const UNKNOWN_EXIT_CODE = 255;

export function exitCodeOf(life: ContainerLife): number {
  return life.exit?.exitCode ?? UNKNOWN_EXIT_CODE;
}

/** `Up 3 seconds`, `Exited (0) 2 minutes ago`, `Created`, `Dead`. */
export function statusText(life: ContainerLife, record: ContainerRecord, startedAt: number, now: number): string {
  switch (dockerState(life)) {
    case "running":
      return `Up ${humanDuration(now - startedAt)}`;
    case "exited": {
      const finished = Date.parse(life.exit?.finishedAt ?? record.created);
      return `Exited (${exitCodeOf(life)}) ${humanDuration(now - finished)} ago`;
    }
    case "created":
      return "Created";
    case "dead":
      return "Dead";
  }
}
