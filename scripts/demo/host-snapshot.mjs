// What mydocker has on the host, as lines a person can read; and what of it is there that was not there before.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../setup/run.mjs";

/** Every link, namespace, rule table, mount, cgroup, process, container and claim of this mydocker. */
export function snapshot(env = process.env) {
  const root = env.MYDOCKER_ROOT ?? "/var/lib/mydocker";
  const runDirectory = env.MYDOCKER_RUN ?? "/run/mydocker";
  const prefix = env.MYDOCKER_PREFIX ?? "mydocker";
  const names = (directory) => list(directory).map(({ name }) => name);
  return [
    ...names("/sys/class/net")
      .filter((name) => name === `${prefix}0` || /^md-[0-9a-f]{12}$/.test(name))
      .map((name) => `link ${name}`),
    ...names("/run/netns")
      .filter((name) => name.startsWith(`${prefix}-`))
      .map((name) => `network namespace ${name}`),
    ...ask("nft", ["list", "tables"])
      .stdout.split("\n")
      .filter((line) => line === `table inet ${prefix}` || line === `table inet ${prefix}-user`),
    ...ask("iptables-save", [])
      .stdout.split("\n")
      .filter((line) => line.includes(`${prefix.toUpperCase()}-`))
      .map((line) => `iptables ${line}`),
    ...mountPoints()
      .filter((path) => [root, runDirectory].some((directory) => path.startsWith(`${directory}/`)))
      .map((path) => `mount ${path}`),
    ...cgroups(prefix).map((path) => `cgroup ${path}`),
    ...directories(join(runDirectory, "init")).map((path) => `runtime state ${path}`),
    ...processes(),
    ...names(join(root, "containers")).map((id) => `container ${id}`),
    ...names(join(root, "names")).map((name) => `name ${name}`),
    ...filesBelow(join(runDirectory, "net"))
      .filter((path) => /\/(addresses|ports|keys|endpoints)\//.test(path))
      .map((path) => `claim ${path}`),
  ];
}

/** What of `after` is not in `before`; a link goes some milliseconds after its namespace, so it is asked for again. */
export async function leftOvers(before, takeSnapshot = snapshot) {
  for (let tries = 0; ; tries += 1) {
    const left = takeSnapshot().filter((line) => !before.includes(line));
    if (left.length === 0 || tries === 20) return left;
    await sleep(100);
  }
}

function mountPoints() {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
}

/** v1 has a directory for each hierarchy, v2 is one itself. */
function cgroups(prefix) {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...directories(root)];
  return hierarchies
    .flatMap((path) => directories(path))
    .filter((path) => basename(path) === prefix)
    .flatMap(directories);
}

/** Monitors, attached clients and the processes that start them all have the shim's name as their first word. */
function processes() {
  return directories("/proc").flatMap((path) => {
    const [program = ""] = read(join(path, "cmdline")).split("\0");
    return basename(program) === "mydocker-shim" ? [`process ${basename(path)} ${program}`] : [];
  });
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function directories(path) {
  return list(path)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

function filesBelow(directory) {
  return list(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function list(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
