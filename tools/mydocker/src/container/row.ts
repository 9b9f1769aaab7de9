import type { NetworkEndpoint } from "@mydocker/oci";
import { humanDuration, listingTime } from "../format/duration.ts";
import type { Row } from "../format/listing.ts";
import type { Container } from "./container.ts";
import { portsText } from "./ports.ts";
import { dockerState, statusText } from "./status.ts";

export const CONTAINER_HEADINGS = {
  ID: "CONTAINER ID",
  Image: "IMAGE",
  Command: "COMMAND",
  RunningFor: "CREATED",
  CreatedAt: "CREATED AT",
  Status: "STATUS",
  State: "STATE",
  Ports: "PORTS",
  Names: "NAMES",
  Labels: "LABELS",
  Label: "",
  Networks: "NETWORKS",
  Mounts: "MOUNTS",
  LocalVolumes: "LOCAL VOLUMES",
  Size: "SIZE",
};

export const CONTAINER_COLUMNS = ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"];

export const CONTAINER_JSON_FIELDS = [
  "Command",
  "CreatedAt",
  "ID",
  "Image",
  "Labels",
  "LocalVolumes",
  "Mounts",
  "Names",
  "Networks",
  "Ports",
  "RunningFor",
  "Size",
  "State",
  "Status",
];

/** What else a row may show; each is fetched only when a column asks for it. */
export interface RowSources {
  now: number;
  truncate: boolean;
  startTime(container: Container): number;
  endpoint(container: Container): NetworkEndpoint | undefined;
  /** Host paths and names of what is mounted into the container. */
  mounts(container: Container): string[];
  /** How many volumes are among them, the container's own included. */
  volumes(container: Container): number;
  /** Bytes in the container's own layer. */
  size(container: Container): number;
  showSize(bytes: number): string;
}

/** One container as docker's `ps` shows it. */
export function containerRow(container: Container, sources: RowSources): Row {
  const { record, life, id } = container;
  const { now, truncate } = sources;
  const isRunning = life.status === "running";
  return {
    ID: truncate ? id.slice(0, 12) : id,
    Image: record.image,
    Command: () => quoteCommand(record.command, truncate),
    RunningFor: () => `${humanDuration(now - Date.parse(record.created))} ago`,
    CreatedAt: () => listingTime(record.created),
    Status: () => statusText(container, isRunning ? sources.startTime(container) : 0, now),
    State: dockerState(container),
    Ports: () => (isRunning ? portsText(sources.endpoint(container)?.ports ?? []) : ""),
    Names: record.name,
    Labels: () =>
      Object.entries(record.labels)
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(","),
    Label: (key: unknown) => record.labels[String(key)] ?? "",
    Networks: () => sources.endpoint(container)?.network ?? "",
    Mounts: () =>
      sources
        .mounts(container)
        .map((mount) => (truncate ? ellipsis(mount, 15) : mount))
        .join(","),
    LocalVolumes: () => `${sources.volumes(container)}`,
    Size: () => sources.showSize(sources.size(container)),
  };
}

/** docker puts an argument that has a space in single quotes, cuts at 20 characters, and quotes the whole. */
export function quoteCommand(command: string[], truncate: boolean): string {
  const text = command.map((word, index) => (index > 0 && word.includes(" ") ? `'${word}'` : word)).join(" ");
  return JSON.stringify(truncate ? ellipsis(text, 20) : text);
}

function ellipsis(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
