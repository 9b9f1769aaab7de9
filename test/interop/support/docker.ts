import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { type EngineHost, type HostOptions, makeEngineHost, untilReady, writeJson } from "./engine-host.ts";
import { busyboxArchive } from "./image.ts";
import { RUNTIME, RUNTIME_NAME } from "./runtime.ts";

/** A dockerd on a host of its own. */
export async function startDocker(options: HostOptions = {}): Promise<Engine> {
  return startDockerOn(await makeEngineHost(options));
}

/** A dockerd, which starts its own containerd. What another one has left on that host, it takes up. */
export async function startDockerOn(host: EngineHost): Promise<Engine> {
  const directory = join(host.directory, "docker");
  await host.require(["mkdir", "-p", directory]);
  const socket = `unix://${directory}/docker.sock`;
  const daemon = host.start(daemonCommand(host, directory, socket), join(directory, "dockerd.log"));
  const docker = ["docker", "--host", socket];
  await untilReady(daemon, async () => (await host.run([...docker, "version"])).code === 0);
  await host.require([...docker, "load", "--input", await busyboxArchive(host)]);
  return {
    host,
    command: docker,
    runFlags: ["--runtime", RUNTIME_NAME],
    warmUp: [...docker, "run", "--runtime", "runc"],
    places: [join(directory, `exec/runtime-${RUNTIME_NAME}/moby`), "/run/mydocker/init"],
    stop: () => daemon.stop(),
  };
}

function daemonCommand(host: EngineHost, directory: string, socket: string): string[] {
  return [
    ...["dockerd", "--host", socket, "--data-root", `${directory}/data`, "--exec-root", `${directory}/exec`],
    ...["--pidfile", `${directory}/dockerd.pid`, "--bip", `${host.sandbox.network}.1/24`],
    // Not the host's /etc/docker/daemon.json, which may say anything.
    ...["--config-file", writeJson(join(directory, "daemon.json"), {})],
    ...["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", host.cgroupParent],
    ...["--add-runtime", `${RUNTIME_NAME}=${RUNTIME}`],
  ];
}
