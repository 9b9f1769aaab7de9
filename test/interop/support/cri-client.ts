import { fileURLToPath } from "node:url";
import { Client, credentials, type MethodDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const PROTOCOL = fileURLToPath(new URL("cri.proto", import.meta.url));
const SERVICE = "runtime.v1.RuntimeService";

/** The calls that a kubelet makes, by name, with their requests and responses: what cri.proto says, in TypeScript. */
export interface CriCalls {
  Version: [object, { runtime_name: string; runtime_api_version: string }];
  Status: [object, { status: { conditions: { type: string; status: boolean; message: string }[] } }];
  RunPodSandbox: [{ config: PodConfig; runtime_handler: string }, { pod_sandbox_id: string }];
  StopPodSandbox: [{ pod_sandbox_id: string }, object];
  RemovePodSandbox: [{ pod_sandbox_id: string }, object];
  PodSandboxStatus: [{ pod_sandbox_id: string }, { status: { state: string; network: { ip: string } } }];
  CreateContainer: [
    { pod_sandbox_id: string; config: ContainerConfig; sandbox_config: PodConfig },
    { container_id: string },
  ];
  StartContainer: [{ container_id: string }, object];
  StopContainer: [{ container_id: string; timeout: number }, object];
  RemoveContainer: [{ container_id: string }, object];
  ContainerStatus: [
    { container_id: string },
    { status: { state: string; exit_code: number; reason: string; message: string } },
  ];
  ContainerStats: [
    { container_id: string },
    {
      stats: { cpu: { usage_core_nano_seconds: { value: number } }; memory: { working_set_bytes: { value: number } } };
    },
  ];
  UpdateContainerResources: [{ container_id: string; linux: Resources }, object];
  ExecSync: [
    { container_id: string; cmd: string[]; timeout: number },
    { stdout: Buffer; stderr: Buffer; exit_code: number },
  ];
}

export interface PodConfig {
  metadata: { name: string; uid: string; namespace: string };
  hostname: string;
  log_directory: string;
  port_mappings?: { container_port: number; host_port: number }[];
  linux: {
    cgroup_parent: string;
    security_context: { namespace_options: Namespaces };
    sysctls?: Record<string, string>;
  };
}

export interface Namespaces {
  network: "POD" | "NODE";
  pid: "POD" | "CONTAINER";
  ipc: "POD";
}

export interface ContainerConfig {
  metadata: { name: string };
  image: { image: string };
  command: string[];
  envs?: { key: string; value: string }[];
  mounts?: { container_path: string; host_path: string; readonly?: boolean }[];
  log_path: string;
  linux: { resources?: Resources; security_context: SecurityContext };
}

export interface Resources {
  cpu_period?: number;
  cpu_quota?: number;
  cpu_shares?: number;
  memory_limit_in_bytes?: number;
  oom_score_adj?: number;
}

export interface SecurityContext {
  capabilities?: { add_capabilities?: string[]; drop_capabilities?: string[] };
  namespace_options?: Namespaces;
  run_as_user?: { value: number };
  run_as_group?: { value: number };
  supplemental_groups?: number[];
  readonly_rootfs?: boolean;
  no_new_privs?: boolean;
  masked_paths?: string[];
  readonly_paths?: string[];
  seccomp?: { profile_type: "RuntimeDefault" | "Unconfined" };
}

export interface CriClient {
  call<Name extends keyof CriCalls>(name: Name, request: CriCalls[Name][0]): Promise<CriCalls[Name][1]>;
  close(): void;
}

/** A client of the container runtime interface, as a kubelet is. */
export function connectCri(socket: string): CriClient {
  const client = new Client(`unix://${socket}`, credentials.createInsecure());
  const service = loadSync(PROTOCOL, { keepCase: true, enums: String, longs: Number, defaults: true })[SERVICE];
  const methods = service as unknown as Record<string, MethodDefinition<object, object>>;
  return {
    call: <Name extends keyof CriCalls>(name: Name, request: CriCalls[Name][0]) =>
      new Promise<CriCalls[Name][1]>((resolve, reject) => {
        const method = methods[name];
        if (method === undefined) throw new Error(`cri.proto has no ${name}`);
        const { path, requestSerialize, responseDeserialize } = method;
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) => {
          if (error !== null) reject(error);
          else if (response === undefined) reject(new Error(`${name}: no response`));
          else resolve(response as CriCalls[Name][1]);
        });
      }),
    close: () => client.close(),
  };
}
