import { setTimeout as sleep } from "node:timers/promises";
import { freePort, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMydocker } from "./support/background.ts";
import { hostRemains } from "./support/host-remains.ts";
import { findVictims, killQuietly, seededRandom, type Victim } from "./support/kill-at-random.ts";

const RUNS = 100;
const VICTIMS: Victim[] = ["front end", "stage", "container"];
/** A kill falls anywhere in this time: that of a whole run, of its pipeline, or from when there is a container. */
const LONGEST_DELAY_MILLISECONDS = { "front end": 350, stage: 150, container: 200 };

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = makeSandbox();
  expect(await sandbox.tool("mydocker", ["run", "--rm", "busybox", "true"])).toMatchObject({ code: 0 });
});

afterAll(() => sandbox.cleanUp());

/** Removes what still runs, prunes, and says what is on the host after that. */
async function remainsAfterPrune(): Promise<string[]> {
  const { stdout } = await sandbox.tool("mydocker", ["ps", "-aq", "--no-trunc"]);
  const ids = stdout.split("\n").filter((id) => id !== "");
  if (ids.length > 0) await sandbox.tool("mydocker", ["rm", "-f", ...ids]);
  const pruned = await sandbox.tool("mydocker", ["system", "prune", "-f"]);
  if (pruned.code !== 0) return [`system prune ended with ${pruned.code}: ${pruned.stderr}`];
  return hostRemains(sandbox);
}

test(`${RUNS} runs with a SIGKILL somewhere leave nothing behind`, { timeout: 600_000 }, async () => {
  const seed = Number(process.env.MYDOCKER_TEST_SEED ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  const pick = <T>(values: T[]): T | undefined => values[Math.floor(random() * values.length)];
  const killed = new Map<Victim, number>();
  for (let run = 1; run <= RUNS; run += 1) {
    const victim = pick(VICTIMS) ?? "stage";
    const detached = random() < 0.5;
    const limits = ["-m", "64m", "--pids-limit", "50", "-p", `${await freePort()}:80`];
    const front = startMydocker(sandbox, ["run", detached ? "-d" : "--rm", ...limits, "busybox", "sleep", "0.2"]);
    const delay = random() * LONGEST_DELAY_MILLISECONDS[victim];
    let hasExited = false;
    const exited = front.exited.then(() => {
      hasExited = true;
    });
    const find = () => findVictims(victim, front.pid, sandbox.paths);
    if (victim === "container") while (!hasExited && find().length === 0) await sleep(2);
    await sleep(delay);
    while (!hasExited && find().length === 0) await sleep(2);
    const pid = pick(find());
    if (pid !== undefined && killQuietly(pid)) killed.set(victim, (killed.get(victim) ?? 0) + 1);
    await exited;
    const how = `run ${run}, ${detached ? "detached" : "foreground"}, ${victim} killed after ${delay.toFixed(0)} ms, seed ${seed}`;
    expect(await remainsAfterPrune(), how).toEqual([]);
  }
  // Were the processes not found, or always too late, this test would pass without having tried anything.
  for (const victim of VICTIMS) expect(killed.get(victim) ?? 0, `${victim} killed`).toBeGreaterThan(RUNS / 10);
});

test("a kill at any point leaves ports and names free for the next container", async () => {
  const port = await freePort();
  for (const delay of [20, 60, 100, 140]) {
    const args = ["run", "--rm", "--name", "again", "-p", `${port}:80`, "busybox", "sleep", "5"];
    const front = startMydocker(sandbox, args);
    await sleep(delay);
    for (const pid of [front.pid, ...findVictims("stage", front.pid, sandbox.paths)]) killQuietly(pid);
    await front.exited;
    expect(await remainsAfterPrune(), `killed after ${delay} ms`).toEqual([]);
  }
  const next = ["run", "--rm", "--name", "again", "-p", `${port}:80`, "busybox", "true"];
  expect(await sandbox.tool("mydocker", next)).toMatchObject({ code: 0, stderr: "" });
});
