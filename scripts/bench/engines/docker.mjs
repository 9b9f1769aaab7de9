import { spawn } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetUpError } from "../../setup/run.mjs";
import { busyboxArchive } from "../busybox-archive.mjs";
import { removeCgroups } from "../cgroups.mjs";
import { attempt, requireSuccess } from "../command.mjs";

const BRIDGE = "mydockerbench1";
const CGROUP = "mydocker-bench-docker";

/**
 * A dockerd (which starts its own containerd) on a socket, roots and a bridge of its own.
 *
 * @param enter has a command run on another host than this one
 * @param name of its directory: there may be two at the same time
 */
export async function startDocker(field, enter = (...argv) => argv, name = "docker") {
  const directory = join(field.directory, name);
  const socket = `unix://${directory}/docker.sock`;
  field.remove("/run/docker");
  makeBridge(field, enter);
  field.later(() => removeCgroups(CGROUP));
  const daemon = startDaemon(field, enter, directory, socket);
  const argv = (...words) => ["docker", "--host", socket, ...words];
  await untilReady(argv("version"), daemon);
  requireSuccess(argv("load", "--input", busyboxArchive(field)));
  return {
    version: requireSuccess(["docker", "--version"]).trim(),
    argv,
    runFlags: [],
    pidOf: (name) => Number(requireSuccess(argv("inspect", "--format", "{{.State.Pid}}", name))),
    remove: (name) => attempt(argv("rm", "-f", name)),
  };
}

function makeBridge(field, enter) {
  requireSuccess(enter("ip", "link", "add", BRIDGE, "type", "bridge"));
  field.later(() => attempt(enter("ip", "link", "delete", BRIDGE)));
  requireSuccess(enter("ip", "address", "add", "10.214.1.1/24", "dev", BRIDGE));
  requireSuccess(enter("ip", "link", "set", BRIDGE, "up"));
}

function startDaemon(field, enter, directory, socket) {
  requireSuccess(["mkdir", "-p", directory]);
  // Not the host's /etc/docker/daemon.json, which may say anything.
  const config = join(directory, "daemon.json");
  writeFileSync(config, "{}");
  const log = join(directory, "dockerd.log");
  const descriptor = openSync(log, "w");
  const args = ["--host", socket, "--data-root", `${directory}/data`, "--exec-root", `${directory}/exec`];
  args.push("--pidfile", `${directory}/dockerd.pid`, "--bridge", BRIDGE, "--cgroup-parent", `/${CGROUP}`);
  args.push("--config-file", config, "--exec-opt", "native.cgroupdriver=cgroupfs");
  const [program, ...words] = enter("dockerd", ...args);
  const daemon = spawn(program, words, {
    stdio: ["ignore", descriptor, descriptor],
  });
  daemon.on("error", () => {});
  const ended = new Promise((resolve) => daemon.on("exit", resolve));
  field.later(async () => {
    daemon.kill("SIGTERM");
    await ended;
  });
  return {
    lastWords: () => readFileSync(log, "utf8").trim().split("\n").at(-1),
    hasEnded: () => daemon.exitCode !== null,
  };
}

async function untilReady(command, daemon) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (attempt(command).status === 0) return;
    if (daemon.hasEnded()) break;
    await sleep(100);
  }
  throw new SetUpError(`dockerd did not start: ${daemon.lastWords()}`);
}
