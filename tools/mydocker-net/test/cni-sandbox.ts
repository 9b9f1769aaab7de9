import type { CniResult } from "../src/cni/cni-types.ts";
import { type EndpointRecord, listEndpointIds, readEndpoint } from "../src/endpoint/record.ts";
import { makeNetworkSandbox, type NetworkSandbox } from "./network-sandbox.ts";

export interface CniCallOptions {
  /** Name of a namespace made by `pod`. */
  pod?: string;
  containerId?: string;
  ifname?: string;
  env?: Record<string, string>;
}

export interface CniAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/** A sandbox whose mydocker-net is called as a CNI runtime calls a plugin. */
export interface CniSandbox extends NetworkSandbox {
  /** A configuration of a network in 10.213.N.0/24. */
  configuration(change?: object): object;
  /** Makes a namespace, as a runtime does before it calls. Returns its path. */
  pod(name: string): Promise<string>;
  cni(command: string, configuration: unknown, options?: CniCallOptions): Promise<CniAnswer>;
  /** ADD, which has to succeed. */
  add(configuration: unknown, options?: CniCallOptions): Promise<CniResult>;
}

function records({ paths }: NetworkSandbox): EndpointRecord[] {
  return listEndpointIds(paths).flatMap((id) => readEndpoint(paths, id) ?? []);
}

export const PLUGINS = "/usr/lib/cni";

export function makeCniSandbox(): CniSandbox {
  const sandbox = makeNetworkSandbox();
  const pods: string[] = [];
  // Not beginning with the prefix: what is of the runtime is nothing that mydocker leaves behind.
  const nameOf = (pod: string) => `pod-${sandbox.paths.prefix}-${pod}`;

  const cni: CniSandbox["cni"] = (command, configuration, options = {}) => {
    const { pod = "pod", containerId = pod, ifname = "eth0", env = {} } = options;
    return sandbox.tool("mydocker-net", [], {
      input: typeof configuration === "string" ? configuration : JSON.stringify(configuration),
      env: {
        CNI_COMMAND: command,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: `/run/netns/${nameOf(pod)}`,
        CNI_IFNAME: ifname,
        CNI_PATH: PLUGINS,
        ...env,
      },
    });
  };

  return {
    ...sandbox,
    configuration: (change = {}) => ({
      cniVersion: "1.1.0",
      name: "net",
      type: "mydocker-net",
      ipam: { subnet: `${sandbox.network}.0/24` },
      ...change,
    }),
    pod: async (name) => {
      const { code, stderr } = await sandbox.shell(`ip netns add ${nameOf(name)}`);
      if (code !== 0) throw new Error(stderr);
      pods.push(nameOf(name));
      return `/run/netns/${nameOf(name)}`;
    },
    cni,
    add: async (configuration, options) => {
      const { code, stdout, stderr } = await cni("ADD", configuration, options);
      if (code !== 0) throw new Error(`ADD: ${stdout}${stderr}`);
      return JSON.parse(stdout) as CniResult;
    },
    cleanUp: async () => {
      for (const record of records(sandbox)) {
        const {
          network: name,
          containerId,
          ifname,
        } = record.attachment ?? { network: "", containerId: "", ifname: "" };
        await cni("DEL", { cniVersion: "1.1.0", name }, { containerId, ifname });
      }
      await sandbox.shell(pods.map((pod) => `ip netns delete ${pod}`).join("\n"));
      await sandbox.cleanUp();
    },
  };
}
