import { startDocker } from "./engines/docker.mjs";
import { startMydocker } from "./engines/mydocker.mjs";
import { startPodman } from "./engines/podman.mjs";
import { prepareRuntimes } from "./engines/runtimes.mjs";
import { watchFirewall } from "./firewall.mjs";

const START = { mydocker: startMydocker, docker: startDocker, podman: startPodman, runtimes: prepareRuntimes };

/**
 * Starts the engines that are needed, each with roots, sockets, bridge and cgroup of its own. An engine:
 * `{ version, argv(...words), runFlags, pidOf(name), remove(name) }`.
 *
 * @param needs names of engines
 */
export async function startEngines(field, needs) {
  const engines = {};
  // Registered first, so undone last: by then the engines have taken back what they take back themselves.
  if (needs.has("docker") || needs.has("podman")) watchFirewall(field);
  for (const [name, start] of Object.entries(START)) {
    if (needs.has(name)) engines[name] = await start(field);
  }
  return engines;
}
