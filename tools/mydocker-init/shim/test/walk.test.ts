import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildShim } from "./build-shim.ts";
import { SANITIZED_SHIM } from "./encode-plan.ts";

let directory: string;
let tree: string;

beforeAll(() => buildShim("all", "sanitized"), 120_000);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "mydocker-walk-"));
  tree = join(directory, "tree");
  mkdirSync(tree);
});
// Deeper than a path can be long.
afterEach(() => execFileSync("rm", ["-rf", directory]));

/** A leak checker wants to look into the process, whose root is elsewhere. */
const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
const walk = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(SANITIZED_SHIM, ["walk", ...args], { env, maxBuffer: 2 ** 28 });
  return { code: status, frames: decode(stdout), stderr: stderr.toString() };
};
/** In a shell, with `$0` what begins a command line of the shim's. */
const shell = (script: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, SANITIZED_SHIM, ...args], {
    env,
    maxBuffer: 2 ** 28,
  });
  return { code: status, frames: decode(stdout), stderr: stderr.toString() };
};

/** `n PATH TARGET`, `x NAME`, `b CONTENT`, `e`. */
function decode(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes.toString("latin1", at, at + 1);
    const length = bytes.readUInt32LE(at + 1);
    const body = bytes.subarray(at + 5, at + 5 + length);
    at += 5 + length;
    if (kind === "n") {
      const end = 64 + body.readUInt32LE(60);
      found.push(`n ${body.toString("latin1", 64, end)} ${body.toString("latin1", end)}`.trim());
    } else if (kind === "x") found.push(`x ${body.toString("latin1", 4, 4 + body.readUInt32LE(0))}`);
    else found.push(`${kind} ${body.toString("latin1")}`.trim());
  }
  return found;
}

it("tells of everything in order, of a file with several names once, and of nothing that a link leads to", () => {
  writeFileSync(join(directory, "secret"), "outside");
  const script = `cd $1; mkdir b; echo -n one > b/file; ln b/file b/other; ln -s ../../secret leaf; ln -s .. up; mkfifo pipe
    python3 -c 'import os; os.setxattr("b/file", "user.a", b"1"); os.mknod("dev", 0o20600, os.makedev(1, 3))'`;
  execFileSync("sh", ["-c", script, "sh", tree]);
  const told = [
    "n .",
    "n b",
    "n b/file",
    "x user.a",
    "b one",
    "n b/other",
    "x user.a",
    "n dev",
    "n leaf ../../secret",
    "n pipe",
    "n up ..",
    "e",
  ];
  expect(walk(tree)).toEqual({ code: 0, frames: told, stderr: "" });
  expect(walk("--no-landlock", tree).frames).toEqual(told);
  expect(walk("--no-content", tree).frames).toEqual(told.filter((frame) => frame !== "b one"));
});

it("does not tell of what is mounted below", () => {
  mkdirSync(join(tree, "mounted"));
  writeFileSync(join(tree, "z"), "");
  const script = 'mount -t tmpfs tmpfs "$1/mounted" && echo x > "$1/mounted/x" && exec "$0" walk "$1"';
  const { status, stdout } = spawnSync("unshare", ["--mount", "sh", "-c", script, SANITIZED_SHIM, tree], { env });
  expect(status).toBe(0);
  expect(decode(stdout)).toEqual(["n .", "n z", "e"]);
});

it("tells of more levels than it may have descriptors, and of names that are no text", () => {
  const path = `${"d/".repeat(1500)}f`;
  mkdirSync(join(tree, "d/".repeat(1500)), { recursive: true });
  writeFileSync(join(tree, path), "deep");
  execFileSync("sh", ["-c", `cd ${tree}; echo > "$(printf '\\377')"`]);
  const { code, frames } = shell('ulimit -n 16; exec "$0" walk "$1"', tree);
  expect(code).toBe(0);
  expect(frames.slice(-5)).toEqual([`n ${path}`, "b deep", "n \xff", "b", "e"]);
});

it("tells of files that are larger than what it holds at once, and of as many bytes as it said", () => {
  const content = Buffer.alloc(3 * 2 ** 20 + 17, "0123456789abcdef\n");
  writeFileSync(join(tree, "large"), content);
  const { frames } = walk(tree);
  const data = frames.filter((frame) => frame.startsWith("b ")).map((frame) => frame.slice(2));
  expect(frames.slice(0, 2)).toEqual(["n .", "n large"]);
  // `trim` has taken the newlines at the ends of frames.
  expect(data.join("").replaceAll("\n", "")).toBe(content.toString().replaceAll("\n", ""));
});

describe("what cannot be told", () => {
  it.each<[string, string[], string]>([
    ["nothing is asked for", [], "expected DIRECTORY or --container"],
    ["two directories", ["/a", "/b"], "expected DIRECTORY or --container"],
    ["a directory and a container", ["/a", "--container", "1:1"], "expected DIRECTORY or --container"],
    ["a flag that is none", ["--content", "/a"], "expected DIRECTORY or --container"],
    ["a directory that is not there", ["/no/such"], "open /no/such: ENOENT"],
    ["a process that is no number", ["--container", "x:1"], "read PID:START"],
    ["a start that is no number", ["--container", "1:"], "read PID:START"],
    ["no process", ["--container", "2147483647:1"], "mount namespace: ENOENT"],
    ["another process", ["--container", `${process.pid}:1`], "find the container's process: ESRCH"],
  ])("%s", (_, args, why) => {
    const { code, frames, stderr } = walk(...args);
    expect({ code, frames }).toEqual({ code: 125, frames: [] });
    expect(stderr).toContain(why);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("a path that is longer than any, and an output that is full", () => {
    const name = "n".repeat(250);
    execFileSync("bash", ["-c", `cd "$1"; for i in $(seq 20); do mkdir ${name}; cd ${name}; done`, "sh", tree]);
    expect(walk(tree)).toMatchObject({ code: 125, stderr: expect.stringContaining("ENAMETOOLONG") });
    expect(shell('exec "$0" walk /etc > /dev/full')).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("ENOSPC"),
    });
  });
});

it("goes on while files come and go", () => {
  const script = `cd "$1"; while :; do for i in 1 2 3 4; do mkdir -p $i/$i; echo $i > $i/f; done; rm -rf 1 2 3 4; mkfifo 1; rm 1; ln -s / 2; rm 2; done & busy=$!
    for i in $(seq 30); do "$0" walk "$1" >/dev/null || echo failed; done; kill $busy`;
  const { stderr, frames } = shell(script, tree);
  expect({ stderr, frames }).toEqual({ stderr: "", frames: [] });
});
