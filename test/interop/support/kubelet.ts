import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Containerd } from "./containerd.ts";
import {
  type CriClient,
  connectCri,
  type Namespaces,
  type PodConfig,
  type Resources,
  type SecurityContext,
} from "./cri-client.ts";
import { BUSYBOX, busyboxArchive, pauseArchive } from "./image.ts";
import { RUNTIME_NAME } from "./runtime.ts";

/** What a kubelet asks of containerd, by CRI. */
export interface Kubelet {
  cri: CriClient;
  logDirectory: string;
  runPod(name: string, options?: PodOptions): Promise<Pod>;
  /** The address that the network plugin gave. */
  address(pod: Pod): Promise<string>;
  /** Starts a container of busybox, and returns its id. */
  startContainer(pod: Pod, command: string[], options?: ContainerOptions): Promise<string>;
  exec(id: string, ...command: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  status(id: string): Promise<ContainerStatus>;
  /** Waits until it has ended. */
  ended(id: string): Promise<ContainerStatus>;
  removePod(pod: Pod): Promise<void>;
  close(): void;
}

export interface PodOptions {
  runtime?: string;
  hostPort?: number;
  sysctls?: Record<string, string>;
  namespaces?: Namespaces;
}

export interface Pod {
  id: string;
  config: PodConfig;
}

export interface ContainerOptions {
  name?: string;
  resources?: Resources;
  security?: SecurityContext;
  mounts?: { container_path: string; host_path: string; readonly?: boolean }[];
  envs?: { key: string; value: string }[];
}

interface ContainerStatus {
  state: string;
  exit_code: number;
  reason: string;
  message: string;
}

/** What a kubelet says where a pod's spec says nothing: network and ipc are the pod's, pid each container's own. */
export const NAMESPACES: Namespaces = { network: "POD", pid: "CONTAINER", ipc: "POD" };

export async function playKubelet(containerd: Containerd): Promise<Kubelet> {
  const { host, ctr, socket } = containerd;
  for (const archive of [await busyboxArchive(host), await pauseArchive(host)]) {
    await host.require([...ctr, "--namespace", "k8s.io", "images", "import", archive]);
  }
  const logDirectory = join(host.directory, "logs");
  mkdirSync(logDirectory);
  const cri = connectCri(socket);
  await untilImagesAreKnown(containerd);

  const status: Kubelet["status"] = async (id) => (await cri.call("ContainerStatus", { container_id: id })).status;
  return {
    cri,
    logDirectory,
    status,
    close: () => cri.close(),
    runPod: async (name, { runtime = RUNTIME_NAME, hostPort, sysctls = {}, namespaces = NAMESPACES } = {}) => {
      const config: PodConfig = {
        metadata: { name, uid: name, namespace: "default" },
        // A pod in the host's network has the host's name.
        hostname: namespaces.network === "NODE" ? "" : name,
        log_directory: logDirectory,
        ...(hostPort === undefined ? {} : { port_mappings: [{ container_port: 80, host_port: hostPort }] }),
        linux: { cgroup_parent: host.cgroupParent, security_context: { namespace_options: namespaces }, sysctls },
      };
      const { pod_sandbox_id: id } = await cri.call("RunPodSandbox", { config, runtime_handler: runtime });
      return { id, config };
    },
    address: async ({ id }) => (await cri.call("PodSandboxStatus", { pod_sandbox_id: id })).status.network.ip,
    startContainer: async (pod, command, options = {}) => {
      const { name = "main", resources = {}, security = {}, mounts = [], envs = [] } = options;
      const config = {
        metadata: { name },
        image: { image: BUSYBOX },
        command,
        envs,
        mounts,
        log_path: `${name}.log`,
        linux: { resources, security_context: { namespace_options: NAMESPACES, ...security } },
      };
      const request = { pod_sandbox_id: pod.id, config, sandbox_config: pod.config };
      const { container_id: id } = await cri.call("CreateContainer", request);
      await cri.call("StartContainer", { container_id: id });
      return id;
    },
    exec: async (id, ...cmd) => {
      const { stdout, stderr, exit_code } = await cri.call("ExecSync", { container_id: id, cmd, timeout: 30 });
      return { code: exit_code, stdout: stdout.toString(), stderr: stderr.toString() };
    },
    ended: async (id) => {
      for (const end = Date.now() + 30_000; ; await sleep(50)) {
        const found = await status(id);
        if (found.state === "CONTAINER_EXITED" || Date.now() > end) return found;
      }
    },
    removePod: async ({ id }) => {
      await cri.call("StopPodSandbox", { pod_sandbox_id: id });
      await cri.call("RemovePodSandbox", { pod_sandbox_id: id });
    },
  };
}

/** The CRI plugin learns of an image by an event. */
async function untilImagesAreKnown({ host, ctr }: Containerd): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    const labels = await host.require([...ctr, "--namespace", "k8s.io", "images", "ls"]);
    if (labels.split("io.cri-containerd.image=managed").length > 2 || Date.now() > end) return;
  }
}
