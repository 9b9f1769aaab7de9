import type { ContainerLife } from "@mydocker/state";
import { expect, test } from "vitest";
import type { Container } from "./container.ts";
import { parseFilters } from "./filter.ts";
import { containerView } from "./inspect-view.ts";
import { portsText } from "./ports.ts";
import { containerRow, quoteCommand } from "./row.ts";
import { statusText } from "./status.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const ID = "0123456789abcdef".repeat(4);

function container(life: ContainerLife, changes: Partial<Container["record"]> = {}): Container {
  return {
    id: ID,
    life,
    isPaused: false,
    record: {
      id: ID,
      name: "web",
      image: "busybox",
      imageId: "sha256:feed",
      command: ["sh", "-c", "echo hello world; sleep 9"],
      created: "2026-01-31T11:50:00Z",
      owner: { pid: 1, start: 1 },
      autoRemove: false,
      tty: false,
      labels: { app: "web", tier: "front=1" },
      stopSignal: "SIGTERM",
      ...changes,
    },
  };
}

const RUNNING = container({ status: "running" });
const EXITED = container({ status: "exited", exit: { exitCode: 3, finishedAt: "2026-01-31T11:58:00Z" } });

test("status is told in docker's words", () => {
  expect(statusText(RUNNING, NOW - 3000, NOW)).toBe("Up 3 seconds");
  expect(statusText({ ...RUNNING, isPaused: true }, NOW - 3000, NOW)).toBe("Up 3 seconds (Paused)");
  expect(statusText(EXITED, 0, NOW)).toBe("Exited (3) 2 minutes ago");
  expect(statusText(container({ status: "created" }), 0, NOW)).toBe("Created");
  expect(statusText(container({ status: "exited" }), 0, NOW)).toBe("Exited (255) 10 minutes ago");
  const killed = { exitCode: 137, finishedAt: "2026-01-31T11:59:55Z", oomKilled: true };
  expect(statusText(container({ status: "exited", exit: killed }), 0, NOW)).toBe(
    "Exited (137) 5 seconds ago, out of memory",
  );
});

test("a command is quoted and cut as docker's", () => {
  expect(quoteCommand(["sh", "-c", "echo hello world"], false)).toBe(`"sh -c 'echo hello world'"`);
  expect(quoteCommand(["sh", "-c", "echo hello world"], true)).toBe(`"sh -c 'echo hello w…"`);
  expect(quoteCommand(["sleep", "1"], true)).toBe('"sleep 1"');
});

test("a row shows ports and time of what runs only", () => {
  const sources = {
    now: NOW,
    truncate: true,
    startTime: () => NOW - 61_000,
    endpoint: () => ({
      network: "mydocker0",
      ports: [{ hostIp: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "tcp" as const }],
    }),
    mounts: () => ["/srv/a/very/long/path"],
    volumes: () => 2,
    size: () => 0,
    showSize: (bytes: number) => `${bytes}B`,
  };
  const values = (row: ReturnType<typeof containerRow>): unknown[] =>
    ["ID", "Status", "Ports", "RunningFor", "Labels", "Mounts"].map((field) => {
      const value = row[field];
      return typeof value === "function" ? value() : value;
    });
  expect(values(containerRow(RUNNING, sources))).toEqual([
    ...["0123456789ab", "Up About a minute", "0.0.0.0:8080->80/tcp", "10 minutes ago"],
    ...["app=web,tier=front=1", "/srv/a/very/lo…"],
  ]);
  expect(values(containerRow(EXITED, sources))[2]).toBe("");
});

test("ports are in order", () => {
  const port = { hostIp: "127.0.0.1", protocol: "udp" as const };
  const text = portsText([
    { ...port, hostPort: 2, containerPort: 90 },
    { ...port, hostPort: 1, containerPort: 80 },
  ]);
  expect(text).toBe("127.0.0.1:1->80/udp, 127.0.0.1:2->90/udp");
});

test.each([
  [["id=0123"], true],
  [["id=ffff"], false],
  [["name=^we"], true],
  [["name=db", "name=web"], true],
  [["name=("], false],
  [["status=exited"], false],
  [["status=running", "status=exited"], true],
  [["label=app"], true],
  [["label=tier=front=1", "label=app=web"], true],
  [["label=app", "label=none"], false],
  [["ancestor=busybox"], true],
])("filters %j", (words, expected) => {
  expect(parseFilters(words).matches(RUNNING)).toBe(expected);
});

test("a filter on what has ended looks at all", () => {
  expect(parseFilters(["exited=3"])).toMatchObject({ wantsAll: true });
  expect(parseFilters(["exited=3"]).matches(EXITED)).toBe(true);
  expect(parseFilters(["name=x"]).wantsAll).toBe(false);
});

test.each(["nope=1", "name", "=x", "status=sleeping", "constructor=x"])("the filter %s is refused with 1", (word) => {
  expect(() => parseFilters([word])).toThrow(expect.objectContaining({ exitCode: 1 }));
});

test("inspect has docker's names and shapes", () => {
  const view = containerView({
    container: container({
      status: "running",
      runtime: { init: { pid: 42, start: 1 } } as NonNullable<ContainerLife["runtime"]>,
    }),
    config: {
      ociVersion: "1.2.0",
      hostname: "box",
      process: {
        args: ["sh", "-c", "x"],
        cwd: "/",
        user: { uid: 0, gid: 0 },
        env: ["A=1"],
        rlimits: [{ type: "RLIMIT_NOFILE", soft: 5, hard: 2 ** 64 }],
      },
      mounts: [
        { destination: "/data", source: "/srv", type: "bind", options: ["rbind", "ro"] },
        { destination: "/etc/hosts", source: "/r/containers/x/hosts", type: "bind", options: ["rbind"] },
        { destination: "/proc", source: "proc", type: "proc" },
      ],
      linux: { resources: { memory: { limit: 64 } }, devices: [{ type: "c", path: "/dev/f", major: 10, minor: 229 }] },
    },
    resources: {
      memory: { limit: 128, swap: -1 },
      cpu: { quota: 150_000, period: 100_000, cpus: "0" },
      pids: { limit: 7 },
      blockIO: { weight: 20, throttleReadBpsDevice: [{ major: 254, minor: 0, rate: 9 }] },
      devices: [{ allow: true, type: "c", major: 10, minor: 229, access: "rw" }],
    },
    devicePath: (type, major, minor) => `/dev/${type}${major}:${minor}`,
    endpoint: {
      network: "mydocker0",
      address: "172.29.0.2/16",
      gateway: "172.29.0.1",
      mac: "02:42:ac:1d:00:02",
      ports: [{ hostIp: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    },
    directory: "/r/containers/x",
    logPath: "/r/containers/x/log",
    startedAt: NOW,
  });
  expect(view).toMatchObject({
    Id: ID,
    Name: "/web",
    Path: "sh",
    Args: ["-c", "x"],
    State: { Status: "running", Running: true, Pid: 42, ExitCode: 0, StartedAt: "2026-01-31T12:00:00.000Z" },
    Image: "sha256:feed",
    HostConfig: {
      ...{ Memory: 128, MemorySwap: -1, MemoryReservation: 0, MemorySwappiness: null, OomKillDisable: false },
      ...{ NanoCpus: 1_500_000_000, CpuQuota: 150_000, CpuPeriod: 100_000, CpuShares: 0, CpusetCpus: "0" },
      ...{ PidsLimit: 7, BlkioWeight: 20, BlkioDeviceReadBps: [{ Path: "/dev/b254:0", Rate: 9 }] },
      Devices: [{ PathOnHost: "/dev/c10:229", PathInContainer: "/dev/f", CgroupPermissions: "rw" }],
      Ulimits: [{ Name: "nofile", Hard: -1, Soft: 5 }],
      Binds: ["/srv:/data:ro"],
    },
    Config: { Hostname: "box", Env: ["A=1"], Image: "busybox" },
    NetworkSettings: { IPAddress: "172.29.0.2", IPPrefixLen: 16, Gateway: "172.29.0.1" },
  });
  expect(view.Mounts).toHaveLength(1);
  expect(view.NetworkSettings.Ports["80/tcp"]).toEqual([{ HostIp: "0.0.0.0", HostPort: "8080" }]);
});
