import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mydockerNetwork, type NetworkList, pluginDirectory } from "./cni.ts";
import { type EngineHost, makeEngineHost, untilReady, writeJson } from "./engine-host.ts";
import { RUNTIME, RUNTIME_NAME } from "./runtime.ts";

/** A containerd on a host of its own. */
export interface Containerd {
  host: EngineHost;
  socket: string;
  /** What every `ctr` command line begins with. */
  ctr: string[];
  stop(): Promise<void>;
}

/**
 * @param sandboxImage what holds a pod's namespaces
 * @param options `ownNetwork`: mydocker-net as the network's plugin, in place of those of Debian
 */
export async function startContainerd(sandboxImage = "", options: { ownNetwork?: boolean } = {}): Promise<Containerd> {
  const host = await makeEngineHost();
  const directory = join(host.directory, "containerd");
  mkdirSync(join(directory, "cni"), { recursive: true });
  const list = options.ownNetwork === true ? mydockerNetwork(host) : debiansNetwork(host);
  writeJson(join(directory, "cni/10-test.conflist"), list);
  const socket = join(directory, "containerd.sock");
  const config = join(directory, "config.toml");
  writeFileSync(config, configuration(directory, pluginDirectory(host), socket, sandboxImage));
  const daemon = host.start(["containerd", "--config", config], join(directory, "containerd.log"));
  const ctr = ["ctr", "--address", socket];
  await untilReady(daemon, async () => (await host.run([...ctr, "version"])).code === 0);
  return { host, socket, ctr, stop: () => daemon.stop() };
}

/** As docs/kubernetes.md has it, with directories of our own. */
function configuration(directory: string, plugins: string, socket: string, sandboxImage: string): string {
  return `
version = 2
root = "${directory}/root"
state = "${directory}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  # A pod's own process is to be killed last (-998), which takes CAP_SYS_RESOURCE: not every root has it.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${plugins}"
    conf_dir = "${directory}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${RUNTIME_NAME}]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${RUNTIME_NAME}.options]
      BinaryName = "${RUNTIME}"
`;
}

function debiansNetwork(host: EngineHost): NetworkList {
  return {
    cniVersion: "0.4.0",
    name: "test",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: true,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: `${host.sandbox.network}.0/24` }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}
