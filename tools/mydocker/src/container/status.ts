import type { ContainerLife } from "@mydocker/state";
import { humanDuration } from "../format/duration.ts";
import type { Container } from "./container.ts";

/** docker's words for where in its life a container is. */
export type DockerState = "created" | "running" | "paused" | "exited" | "dead";

export function dockerState({ life, isPaused }: Pick<Container, "life" | "isPaused">): DockerState {
  switch (life.status) {
    case "running":
      return isPaused ? "paused" : "running";
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

/**
 * `Up 3 seconds`, `Up 3 seconds (Paused)`, `Exited (0) 2 minutes ago`, `Created`, `Dead`. Where the kernel has killed in the
 * container because its memory was used up, that stands behind all that docker says: scripts match the beginning.
 */
export function statusText(container: Container, startedAt: number, now: number): string {
  const { life, record } = container;
  switch (dockerState(container)) {
    case "running":
      return `Up ${humanDuration(now - startedAt)}`;
    case "paused":
      return `Up ${humanDuration(now - startedAt)} (Paused)`;
    case "exited": {
      const finished = Date.parse(life.exit?.finishedAt ?? record.created);
      const why = life.exit?.oomKilled === true ? ", out of memory" : "";
      return `Exited (${exitCodeOf(life)}) ${humanDuration(now - finished)} ago${why}`;
    }
    case "created":
      return "Created";
    case "dead":
      return "Dead";
  }
}
