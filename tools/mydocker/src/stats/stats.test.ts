import type { ContainerUsage, UsageRound } from "@mydocker/cgroup";
import { expect, it } from "vitest";
import { bar } from "./bar.ts";
import { figuresOf, NOTHING } from "./figures.ts";
import { statsRow } from "./row.ts";
import { fitting, liveTable } from "./table.ts";

const ID = "0123456789abcdef".repeat(4);
const SECOND = 1e9;

function round(at: number, changes: Partial<ContainerUsage> | undefined, host: Partial<UsageRound> = {}): UsageRound {
  const sample: ContainerUsage = {
    id: ID,
    pid: 42,
    cpu: { usage: 5 * SECOND },
    memory: { usage: 100 * 2 ** 20, inactiveFile: 36 * 2 ** 20, limit: 128 * 2 ** 20 },
    pids: { current: 3, limit: null },
    io: { read: 1_234_567, written: 0 },
    network: { received: 1500, sent: 70 },
  };
  const containers = changes === undefined ? [] : [{ ...sample, ...changes }];
  return { time: "2026-01-31T12:00:00.000Z", monotonic: at, cpus: 2, memory: 2 ** 33, containers, ...host };
}

it("is what was used between two rounds, and what there is at the second", () => {
  const figures = figuresOf(round(10 * SECOND, {}), round(12 * SECOND, { cpu: { usage: 8 * SECOND } }), ID);
  expect(figures).toEqual({
    cpu: 150,
    cpuShare: 0.75,
    memory: { used: 64 * 2 ** 20, limit: 128 * 2 ** 20, share: 0.5 },
    network: { received: 1500, sent: 70 },
    io: { read: 1_234_567, written: 0 },
    pids: 3,
  });
  expect(statsRow({ id: ID, name: "web", asked: "we" }, figures ?? NOTHING, true)).toEqual({
    Container: "we",
    ID: "0123456789ab",
    Name: "web",
    CPUPerc: "150.00%",
    MemUsage: "64MiB / 128MiB",
    MemPerc: "50.00%",
    NetIO: "1.5kB / 70B",
    BlockIO: "1.23MB / 0B",
    PIDs: "3",
  });
});

it.each([
  ["there was no round before", undefined, round(SECOND, {})],
  ["it was not in it", round(0, undefined), round(SECOND, {})],
  ["its init was another", round(0, { pid: 41 }), round(SECOND, {})],
  ["no time has passed", round(SECOND, {}), round(SECOND, { cpu: { usage: 6 * SECOND } })],
])("nothing is known of processors where %s", (_, before, now) => {
  expect(figuresOf(before, now, ID)).toMatchObject({ cpu: undefined, cpuShare: undefined, pids: 3 });
});

it("the limit of memory is the host's where there is none, or it is above", () => {
  const memory = { usage: 2 ** 30, inactiveFile: 2 ** 31 };
  const limited = (limit: number | null) =>
    figuresOf(undefined, round(0, { memory: { ...memory, limit } }), ID)?.memory;
  expect(limited(null)).toEqual({ used: 0, limit: 2 ** 33, share: 0 });
  expect(limited(2 ** 40)).toMatchObject({ limit: 2 ** 33 });
});

it("what no controller counts is not known; a host's network is none of its own", () => {
  const bare: UsageRound = { ...round(0, undefined), containers: [{ id: ID, pid: 42, network: null }] };
  const figures = figuresOf(bare, { ...bare, monotonic: SECOND }, ID) ?? NOTHING;
  expect(statsRow({ id: ID, name: "web", asked: ID }, figures, false)).toEqual({
    ...{ Container: ID, ID, Name: "web", CPUPerc: "--", MemUsage: "-- / --", MemPerc: "--", NetIO: "0B / 0B" },
    ...{ BlockIO: "-- / --", PIDs: "--" },
  });
  expect(figuresOf(bare, bare, "another")).toBeUndefined();
});

it.each([
  [0, "32m", "          "],
  [0.05, "32m", "▌         "],
  [0.5, "32m", "█████     "],
  [0.7, "33m", "███████   "],
  [1, "31m", "██████████"],
  [7, "31m", "██████████"],
])("the bar of %d", (share, colour, text) => {
  const shown = bar(share);
  expect(shown.startsWith(`\u001b[${colour}`)).toBe(true);
  expect(shown.replace(`\u001b[${colour}`, "").replace("\u001b[39m", "")).toBe(text);
});

it("a live table has bars where there is room, and never more than fits", () => {
  const row = statsRow({ id: ID, name: "web", asked: ID }, NOTHING, true);
  const lines = Array.from({ length: 30 }, () => ({ row, figures: { ...NOTHING, cpu: 100, cpuShare: 0.5 } }));
  const wide = liveTable(lines, { columns: 150, rows: 24 });
  expect(wide).toHaveLength(23);
  expect(wide[1]).toContain("█████");
  const narrow = liveTable(lines, { columns: 100, rows: 24 });
  expect(narrow[1]).not.toContain("█");
  expect(narrow[1]).toMatch(/^0123456789ab {3}web .* 0$/);
  const tiny = liveTable(lines, { columns: 20, rows: 1 });
  expect(tiny).toEqual(["CONTAINER ID   NAME "]);
  expect(fitting(["123456", "123"], { columns: 4, rows: 9 })).toEqual(["1234", "123"]);
});
