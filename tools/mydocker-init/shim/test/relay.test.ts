import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDriver, type Driver, until } from "./driver.ts";

const STDIN_OPEN = 1;
const STDIN_ONCE = 2;

let driver: Driver;
let big: string;
let bigHash: string;
const hash = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

beforeAll(() => {
  driver = buildDriver();
  big = join(driver.directory, "big");
  const data = randomBytes(100_000_000);
  writeFileSync(big, data);
  bigHash = hash(data);
});
afterAll(() => driver.cleanUp());

/** What the log holds of a stream: the entries' bytes, put together again. */
function logged(log: string, stream: string): Buffer {
  const data = readFileSync(log);
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf(10, at);
    const head = data.subarray(at, at + 40).toString("latin1");
    expect(head).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z std(out|err) [PF] $/);
    if (head.slice(31, 37) === stream) parts.push(data.subarray(at + 40, head[38] === "F" ? end + 1 : end));
    at = end + 1;
  }
  return Buffer.concat(parts);
}

test("100 MB of any bytes arrive whole, at the client and in the log", async () => {
  const monitor = await driver.monitor({}, "cat", big);
  const client = monitor.start();
  expect(await client.ended).toBe(0);
  expect(hash(client.stdout())).toBe(bigHash);
  expect(await monitor.ended).toBe(0);
  expect(hash(logged(monitor.log, "stdout"))).toBe(bigHash);
});

test("stdin arrives whole and ends", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN | STDIN_ONCE }, "sha256sum");
  const client = monitor.start("--stdin");
  client.type(readFileSync(big));
  client.end();
  expect(await client.ended).toBe(0);
  expect(client.stdout().toString()).toBe(`${bigHash}  -\n`);
});

test("the log says where lines end, and holds the bytes as they came", async () => {
  const script = "printf a; sleep 0.2; printf 'b\\nc\\n\\000d'; sleep 0.2; printf 'error\\r\\n' >&2";
  const monitor = await driver.monitor({}, "sh", "-c", script);
  const client = monitor.start();
  expect(await client.ended).toBe(0);
  expect(client.stdout().toString()).toBe("ab\nc\n\0d");
  expect(client.stderr()).toBe("error\r\n");
  const entries = readFileSync(monitor.log, "latin1").replaceAll(/^\S+/gm, "TIME");
  expect(entries).toBe("TIME stdout P a\nTIME stdout F b\nTIME stdout F c\nTIME stdout P \0d\nTIME stderr F error\r\n");
  const time = Date.parse(readFileSync(monitor.log, "latin1").slice(0, 30));
  expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
});

test("the exit code and the message of the monitor come out", async () => {
  const monitor = await driver.monitor({ message: "it went wrong" }, "sh", "-c", "exit 3");
  const client = monitor.start();
  expect(await client.ended).toBe(3);
  expect(client.stderr()).toBe("it went wrong\n");
  const killed = await driver.monitor({}, "sh", "-c", "kill -9 $$");
  expect(await killed.start().ended).toBe(137);
});

test("a full disk does not stop the container", async () => {
  // The log is a file beside the socket: its limit is what RLIMIT_FSIZE allows (EFBIG instead of ENOSPC, the same path).
  const script = `ulimit -f 1; exec "$0" monitor "$1/full.log" "$1/full.sock" 0 "$1/full.fifo" "" -- sh -c 'yes | head -n 200000'`;
  const { spawn } = await import("node:child_process");
  const monitor = spawn("sh", ["-c", script, join(driver.directory, "driver"), driver.directory]);
  await new Promise((resolve) => monitor.stdout.once("data", resolve));
  const place = join(driver.directory, "full");
  const client = driver.run("attach", "--socket", `${place}.sock`, "--start", `${place}.fifo`);
  expect(await client.ended).toBe(0);
  expect(client.stdout().length).toBe(400_000);
  expect(readFileSync(`${place}.log`).length).toBeLessThanOrEqual(1024);
});

test("two clients see the same; one that is killed bothers nobody", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN }, "sh", "-c", "echo begun; exec cat");
  const first = monitor.start();
  await until("the first sees it", () => first.stdout().includes("begun"));
  const second = monitor.attach("--stdin");
  const third = monitor.attach("--stdin");
  for (const client of [second, third]) {
    await until("it is attached", () => {
      client.type("probe\n");
      return client.stdout().includes("probe\n");
    });
  }
  second.type("one\n");
  third.type("two\n");
  for (const client of [first, second, third])
    await until("both are everywhere", () => client.stdout().includes("one\n") && client.stdout().includes("two\n"));
  third.signal("SIGKILL");
  await third.ended;
  second.type("three\n");
  await until("the others go on", () => first.stdout().includes("three\n"));
  // Without the flag that stdin ends with its client it stays open.
  second.end();
  const fourth = monitor.attach("--stdin");
  fourth.type("four\n");
  await until("a later client feeds it", () => second.stdout().includes("four\n"));
  monitor.signal("SIGTERM"); // goes to the container
  expect(await monitor.ended).toBe(143);
  expect(await first.ended).toBe(143);
  expect(await second.ended).toBe(143);
});

test("stdin that belongs to a client ends when that client is killed, what it said before included", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN | STDIN_ONCE }, "cat");
  const watcher = monitor.start();
  const feeder = monitor.attach("--stdin");
  feeder.type("last words");
  await until("they arrive", () => watcher.stdout().includes("last words"));
  feeder.signal("SIGKILL");
  expect(await watcher.ended).toBe(0);
});

test("a client that does not read stops the container, loses nothing, and can still send signals", async () => {
  const monitor = await driver.monitor({}, "sh", "-c", "trap 'exit 7' TERM; seq 1000000; sleep 100 & wait");
  const client = monitor.start();
  await until("it has begun", () => client.stdout().length > 0);
  client.pause();
  let size = -1;
  await until("the log stands still", () => {
    const before = size;
    size = readFileSync(monitor.log).length;
    return before === size;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(readFileSync(monitor.log).length).toBe(size);
  client.resume();
  const expected = Array.from({ length: 1_000_000 }, (_, i) => `${i + 1}\n`).join("");
  await until("all is there", () => client.stdout().length >= expected.length);
  expect(client.stdout().toString()).toBe(expected);
  client.signal("SIGTERM");
  expect(await client.ended).toBe(7);
});

test("a client that reads nothing does not hold up the end of the container", async () => {
  const monitor = await driver.monitor({}, "sh", "-c", "echo begun; sleep 0.5; head -c 30000 /dev/zero");
  const client = monitor.start();
  await until("it has begun", () => client.stdout().length > 0);
  client.signal("SIGSTOP");
  expect(await monitor.ended).toBe(0);
  client.signal("SIGCONT");
  expect(await client.ended).toBe(0);
  expect(client.stdout().length).toBe(6 + 30_000);
});

test("a signal overtakes input that the container does not read", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN | STDIN_ONCE }, "sh", "-c", "echo begun; exec sleep 100");
  const client = monitor.start("--stdin");
  client.type(Buffer.alloc(1_000_000));
  await until("it has begun", () => client.stdout().length > 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.signal("SIGINT");
  expect(await client.ended).toBe(130);
});

test("a monitor that is killed, or was never there, is a line and 125", async () => {
  const monitor = await driver.monitor({}, "sh", "-c", "echo $$; exec sleep 100");
  const client = monitor.start();
  await until("it has begun", () => client.stdout().includes("\n"));
  monitor.signal("SIGKILL");
  expect(await client.ended).toBe(125);
  expect(client.stderr()).toMatch(/^mydocker-shim attach: follow the container, \S+: its monitor has gone/);
  process.kill(Number(client.stdout()), "SIGKILL");
  const late = monitor.attach();
  expect(await late.ended).toBe(125);
  expect(late.stderr()).toContain("ECONNREFUSED (Connection refused)");
});

test("an orphaned process that holds stdout does not hold the monitor", async () => {
  const monitor = await driver.monitor({}, "sh", "-c", "sleep 3 & echo done");
  const before = Date.now();
  const client = monitor.start();
  expect(await client.ended).toBe(0);
  expect(client.stdout().toString()).toBe("done\n");
  expect(Date.now() - before).toBeLessThan(2500);
});

test("the seventeenth client is told so", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN }, "cat");
  const first = monitor.start("--stdin");
  const others = Array.from({ length: 15 }, () => monitor.attach());
  first.type("here\n");
  for (const client of [first, ...others]) {
    await until("all are there", () => {
      if (client.stdout().length === 0) first.type("here\n");
      return client.stdout().length > 0;
    });
  }
  const last = monitor.attach();
  expect(await last.ended).toBe(125);
  expect(last.stderr()).toContain("too many clients");
  monitor.signal("SIGTERM");
  expect(await first.ended).toBe(143);
});

test("the socket's path may be longer than an address", async () => {
  const { mkdirSync } = await import("node:fs");
  const deep = join(driver.directory, "d".repeat(120));
  mkdirSync(deep);
  const [log, socket, fifo] = [join(deep, "log"), join(deep, "attach.sock"), join(deep, "fifo")];
  const monitor = driver.run("monitor", log, socket, "0", fifo, "", "--", "echo", "far");
  await until("it listens", () => monitor.stdout().includes("ready"));
  const client = driver.run("attach", "--socket", socket, "--start", fifo);
  expect(await client.ended).toBe(0);
  expect(client.stdout().toString()).toBe("far\n");
});
