import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BIN } from "@mydocker/testing";
import type { EngineHost } from "./engine-host.ts";

/** Where Debian's containernetworking-plugins are. */
const DEBIANS = "/usr/lib/cni";

/** A network configuration list (CNI's SPEC.md section 1). */
export interface NetworkList {
  cniVersion: string;
  name: string;
  plugins: Plugin[];
}

export type Plugin = { type: string; capabilities?: Record<string, boolean> } & Record<string, unknown>;

/** The list that docs/kubernetes.md has. */
export function mydockerNetwork(host: EngineHost): NetworkList {
  return {
    cniVersion: "1.0.0",
    name: "mydocker",
    plugins: [
      {
        type: "mydocker-net",
        ipMasq: true,
        ipam: { subnet: `${host.sandbox.network}.0/24` },
        capabilities: { portMappings: true, bandwidth: true, ips: true, mac: true },
      },
    ],
  };
}

/** A directory with Debian's plugins and mydocker-net. */
export function pluginDirectory(host: EngineHost): string {
  const directory = join(host.directory, "cni-bin");
  mkdirSync(directory);
  for (const name of readdirSync(DEBIANS)) symlinkSync(join(DEBIANS, name), join(directory, name));
  symlinkSync(join(BIN, "mydocker-net"), join(directory, "mydocker-net"));
  return directory;
}

/** What calls plugins, as libcni does and nothing more. */
export interface CniRuntime {
  /** Calls the plugins in their order, each with the result of the one before; returns the last one's. */
  add(): Promise<unknown>;
  /** With the result of `add`. */
  check(): Promise<void>;
  /** In the reverse order, with the result of `add`. */
  remove(): Promise<void>;
}

/** @param capabilityArgs what the runtime has for the capabilities that plugins ask for */
export function cniRuntime(
  host: EngineHost,
  list: NetworkList,
  container: { id: string; netns: string; bin: string },
  capabilityArgs: Record<string, unknown>,
): CniRuntime {
  let result: unknown;
  const call = async (command: string, plugin: Plugin, prevResult: unknown): Promise<string> => {
    const { type, capabilities = {} } = plugin;
    const asked = Object.entries(capabilityArgs).filter(([name]) => capabilities[name] === true);
    const configuration = {
      ...plugin,
      cniVersion: list.cniVersion,
      name: list.name,
      ...(asked.length === 0 ? {} : { runtimeConfig: Object.fromEntries(asked) }),
      ...(prevResult === undefined ? {} : { prevResult }),
    };
    const env = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: container.id,
      CNI_NETNS: container.netns,
      CNI_IFNAME: "eth0",
      CNI_PATH: container.bin,
    };
    const { code, stdout, stderr } = await host.run([join(container.bin, type)], {
      input: JSON.stringify(configuration),
      env,
    });
    if (code !== 0) throw new Error(`${type}, ${command}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    add: async () => {
      for (const plugin of list.plugins) result = JSON.parse(await call("ADD", plugin, result));
      return result;
    },
    check: async () => {
      // portmap 1.1.1 looks for IPv6 rules wherever there is an ip6tables, and its ADD makes them only for an IPv6 address.
      for (const plugin of list.plugins.filter(({ type }) => type !== "portmap")) await call("CHECK", plugin, result);
    },
    remove: async () => {
      for (const plugin of list.plugins.toReversed()) await call("DEL", plugin, result);
    },
  };
}
