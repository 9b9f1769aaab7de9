import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mydockerNetwork, pluginDirectory } from "./cni.ts";
import type { Engine } from "./engine.ts";
import { type EngineHost, type HostOptions, makeEngineHost, writeJson } from "./engine-host.ts";
import { busyboxArchive } from "./image.ts";
import { RUNTIME, RUNTIME_NAME } from "./runtime.ts";

/** podman, and conmon with it, on a host of its own. */
export async function startPodman(options: HostOptions & { ownNetwork?: boolean } = {}): Promise<Engine> {
  const host = await makeEngineHost(options);
  await preparePodman(host, options.ownNetwork);
  const command = podmanCommand(host, RUNTIME);
  await host.require([...command, "load", "--quiet", "--input", await busyboxArchive(host)]);
  const runFlags = ["--cgroup-parent", host.cgroupParent];
  return {
    host,
    command,
    runFlags,
    warmUp: [...podmanCommand(host, "runc"), "run", ...runFlags],
    places: ["/run/mydocker/init"],
    ownMount: join(podmanDirectory(host), "root/overlay"),
    stop: async () => {},
  };
}

/** Makes what `podmanCommand` names. @param ownNetwork with a network by mydocker-net, as docs/kubernetes.md has it */
export async function preparePodman(host: EngineHost, ownNetwork = false): Promise<void> {
  const directory = podmanDirectory(host);
  await host.require(["mkdir", "-p", ...["root", "run", "tmp", "networks"].map((name) => join(directory, name))]);
  if (ownNetwork) writeJson(join(directory, "networks/10-mydocker.conflist"), mydockerNetwork(host));
  const plugins = ownNetwork ? pluginDirectory(host) : "/usr/lib/cni";
  writeFileSync(join(directory, "containers.conf"), `${CONFIGURATION}cni_plugin_dirs = ["${plugins}"]\n`);
}

function podmanDirectory(host: EngineHost): string {
  return join(host.directory, "podman");
}

/** @param runtime a path, or a name in containers.conf */
export function podmanCommand(host: EngineHost, runtime: string): string[] {
  const directory = podmanDirectory(host);
  return [
    ...["env", `CONTAINERS_CONF=${directory}/containers.conf`, "podman"],
    ...["--root", `${directory}/root`, "--runroot", `${directory}/run`, "--tmpdir", `${directory}/tmp`],
    ...["--network-config-dir", `${directory}/networks`, "--cgroup-manager", "cgroupfs", "--events-backend", "file"],
    ...["--runtime", runtime],
  ];
}

/**
 * Not the host's, which may say anything. podman would raise these limits to defaults of its own, which fails on a machine where root
 * may not, and set a limit of processes, for which cgroup v2 may have no controller; where it finds netavark, it would take that; the rest is as
 * docs/kubernetes.md has it.
 */
const CONFIGURATION = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
pids_limit = 0
[engine]
runtime_supports_json = ["crun", "runc", "${RUNTIME_NAME}"]
[engine.runtimes]
${RUNTIME_NAME} = ["${RUNTIME}"]
runc = ["/usr/sbin/runc", "/usr/bin/runc"]
[network]
network_backend = "cni"
`;
