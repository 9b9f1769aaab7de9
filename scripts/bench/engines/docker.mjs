import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxArchive } from "../busybox-archive.mjs";
import { removeCgroups } from "../cgroups.mjs";
import { attempt, requireSuccess } from "../command.mjs";
import { startDaemon } from "../daemon.mjs";

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
  const daemon = startDockerd(field, enter, directory, socket);
  const argv = (...words) => ["docker", "--host", socket, ...words];
  await daemon.untilReady(() => attempt(argv("version")).status === 0);
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

function startDockerd(field, enter, directory, socket) {
  requireSuccess(["mkdir", "-p", directory]);
  // Not the host's /etc/docker/daemon.json, which may say anything.
  const config = join(directory, "daemon.json");
  writeFileSync(config, "{}");
  const args = ["--host", socket, "--data-root", `${directory}/data`, "--exec-root", `${directory}/exec`];
  args.push("--pidfile", `${directory}/dockerd.pid`, "--bridge", BRIDGE, "--cgroup-parent", `/${CGROUP}`);
  args.push("--config-file", config, "--exec-opt", "native.cgroupdriver=cgroupfs");
  return startDaemon(field, "dockerd", enter("dockerd", ...args), join(directory, "dockerd.log"));
}
