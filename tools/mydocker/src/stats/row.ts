import type { Row } from "../format/listing.ts";
import { binarySize, humanSize } from "../format/size.ts";
import type { Figures } from "./figures.ts";

export const STATS_HEADINGS = {
  Container: "CONTAINER",
  ID: "CONTAINER ID",
  Name: "NAME",
  CPUPerc: "CPU %",
  MemUsage: "MEM USAGE / LIMIT",
  MemPerc: "MEM %",
  NetIO: "NET I/O",
  BlockIO: "BLOCK I/O",
  PIDs: "PIDS",
};

export const STATS_COLUMNS = ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"];

export interface ShownContainer {
  id: string;
  name: string;
  /** As it was asked for. */
  asked: string;
}

/** docker's sign for what is not known. */
const UNKNOWN = "--";

/** A container's figures as docker's `stats` shows them. */
export function statsRow({ id, name, asked }: ShownContainer, figures: Figures, truncate: boolean): Row {
  const { cpu, memory, network, io, pids } = figures;
  return {
    Container: asked,
    ID: truncate ? id.slice(0, 12) : id,
    Name: name,
    CPUPerc: percent(cpu),
    MemUsage: memory === undefined ? pair() : pair(binarySize(memory.used), binarySize(memory.limit)),
    MemPerc: percent(memory === undefined ? undefined : memory.share * 100),
    NetIO: pair(humanSize(network.received), humanSize(network.sent)),
    BlockIO: io === undefined ? pair() : pair(humanSize(io.read), humanSize(io.written)),
    PIDs: pids === undefined ? UNKNOWN : `${pids}`,
  };
}

function percent(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${value.toFixed(2)}%`;
}

function pair(first = UNKNOWN, second = UNKNOWN): string {
  return `${first} / ${second}`;
}
