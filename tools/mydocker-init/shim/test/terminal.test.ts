import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDriver, type Driver, until } from "./driver.ts";

const STDIN_OPEN = 1;
const TERMINAL = 4;

let driver: Driver;
beforeAll(() => {
  driver = buildDriver();
});
afterAll(() => driver.cleanUp());

const executable = (): string => `${driver.directory}/driver`;

test("a client's terminal becomes the container's: size, its changes, keys, and back to what it was", async () => {
  const script = "trap 'stty size' WINCH; stty size; while ! read line; do :; done; echo \"got $line\"; exit 5";
  const monitor = await driver.monitor({ flags: STDIN_OPEN | TERMINAL }, "sh", "-c", script);
  const terminal = driver.run("pty", "--", executable(), ...monitor.startArguments, "--stdin", "--tty");
  await until("the size is there at once", () => terminal.stdout().includes("24 80\r\n"));
  terminal.signal("SIGUSR1");
  await until("it follows", () => terminal.stdout().includes("50 132\r\n"));
  terminal.type("hello\r");
  expect(await terminal.ended).toBe(5);
  expect(terminal.stdout().toString()).toContain("got hello\r\n");
  expect(terminal.stdout().toString()).toContain("[terminal as before]");
});

test("the container's ctrl-c is its own terminal's", async () => {
  const script = "trap 'echo interrupted; exit 4' INT; echo begun; while :; do sleep 0.05; done";
  const monitor = await driver.monitor({ flags: STDIN_OPEN | TERMINAL }, "sh", "-c", script);
  const terminal = driver.run("pty", "--", executable(), ...monitor.startArguments, "--stdin", "--tty");
  await until("it has begun", () => terminal.stdout().includes("begun"));
  terminal.type("\x03");
  expect(await terminal.ended).toBe(4);
  expect(terminal.stdout().toString()).toContain("interrupted");
});

test("the detach keys leave the container running, also typed one by one; half of them is input", async () => {
  const monitor = await driver.monitor(
    { flags: STDIN_OPEN | TERMINAL },
    "sh",
    "-c",
    "stty raw -echo; echo begun; cat -v",
  );
  const terminal = driver.run("pty", "--", executable(), ...monitor.startArguments, "--stdin", "--tty");
  await until("it has begun", () => terminal.stdout().includes("begun"));
  terminal.type("a\x10b");
  await until("half of them arrives", () => terminal.stdout().includes("a^Pb"));
  terminal.type("\x10");
  await new Promise((resolve) => setTimeout(resolve, 100));
  terminal.type("\x11");
  expect(await terminal.ended).toBe(0);
  expect(terminal.stdout().toString()).toContain("[terminal as before]");

  const keys = ["--detach-keys", "x,ctrl-@"];
  const other = driver.run(
    "pty",
    "--",
    executable(),
    "attach",
    "--socket",
    monitor.socket,
    "--stdin",
    "--tty",
    ...keys,
  );
  const watcher = monitor.attach();
  await until("what is typed goes through", () => {
    other.type("?");
    return watcher.stdout().includes("?");
  });
  other.type("still\x10\x11there");
  await until("its keys are others now", () => watcher.stdout().includes("still^P^Qthere"));
  other.type("x\0");
  expect(await other.ended).toBe(0);
  monitor.signal("SIGTERM");
  expect(await monitor.ended).toBe(143);
});

test("a client that is ended gives its terminal back, and leaves the container alone", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN | TERMINAL }, "sh", "-c", "echo begun; sleep 100");
  const script = `echo $$; exec ${executable()} ${monitor.startArguments.join(" ")} --stdin --tty`;
  const terminal = driver.run("pty", "--", "sh", "-c", script);
  await until("it has begun", () => terminal.stdout().includes("begun"));
  process.kill(Number.parseInt(terminal.stdout().toString(), 10), "SIGTERM");
  expect(await terminal.ended).toBe(143);
  expect(terminal.stdout().toString()).toContain("[terminal as before]");
  const again = monitor.attach("--stdin");
  await until("another is attached", () => {
    again.type("?");
    return again.stdout().includes("?");
  });
  monitor.signal("SIGTERM");
  expect(await again.ended).toBe(143);
});

test("a client ends when its parent is killed", async () => {
  const monitor = await driver.monitor({ flags: STDIN_OPEN | TERMINAL }, "sh", "-c", "echo begun; sleep 100");
  // The shell in the middle is a front end that puts its client into a session of its own; the outer one keeps the
  // terminal open and tells how it finds it.
  const client = `setsid ${executable()} ${monitor.startArguments.join(" ")} --stdin --tty`;
  const script = `sh -c 'echo $$; ${client}; :'; sleep 2; exit 9`;
  const terminal = driver.run("pty", "--", "sh", "-c", script);
  await until("it has begun", () => terminal.stdout().includes("begun"));
  process.kill(Number.parseInt(terminal.stdout().toString(), 10), "SIGKILL");
  expect(await terminal.ended).toBe(9);
  expect(terminal.stdout().toString()).toContain("[terminal as before]");
  monitor.signal("SIGTERM");
  expect(await monitor.ended).toBe(143);
});

test("wrong options are refused", async () => {
  for (const [args, why] of [
    [["--socket", "s", "--detach-keys", "ctrl-ab"], "expected keys like ctrl-p,ctrl-q"],
    [["--socket", "s", "--detach-keys", "a,"], "expected keys like ctrl-p,ctrl-q"],
    [["--socket"], "its value is missing"],
    [["--stdin"], "it is missing"],
    [["--stdinn"], "there is no such option"],
  ] as const) {
    const client = driver.run("attach", ...args);
    expect(await client.ended).toBe(125);
    expect(client.stderr()).toContain(why);
  }
});

test("a process in the foreground gets signals and the exit code comes back", async () => {
  const shell = driver.run(
    "foreground",
    "--",
    "sh",
    "-c",
    "trap 'exit 6' USR1; echo begun; while :; do sleep 0.05; done",
  );
  await until("it has begun", () => shell.stdout().includes("begun"));
  shell.signal("SIGUSR1");
  expect(await shell.ended).toBe(6);
  const killed = driver.run("foreground", "--", "sh", "-c", "kill -9 $$");
  expect(await killed.ended).toBe(137);
});

test("a process in the foreground with a terminal: whole output, size, keys, and the terminal back as it was", async () => {
  const script = "trap 'stty size' WINCH; stty size; while ! read line; do :; done; seq 200000; exit 8";
  const terminal = driver.run("pty", "--", executable(), "foreground-tty", "--", "sh", "-c", script);
  await until("its size is there at once", () => terminal.stdout().includes("24 80\r\n"));
  terminal.signal("SIGUSR1");
  await until("it follows", () => terminal.stdout().includes("50 132\r\n"));
  terminal.type("go\r");
  expect(await terminal.ended).toBe(8);
  const expected = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\r\n`).join("");
  expect(terminal.stdout().toString().endsWith(`${expected}[terminal as before]\n`)).toBe(true);
});
