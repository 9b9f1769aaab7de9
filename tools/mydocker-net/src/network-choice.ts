import { usageError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { defaultBridge } from "./network/network.ts";

export type NetworkChoice = "bridge" | "host" | "none";

/** Parses `--network`. @throws MydockerError `USAGE` */
export function parseNetwork(paths: HostPaths, text: string | undefined): NetworkChoice {
  const bridge = defaultBridge(paths);
  if (text === undefined || ["bridge", "default", "mydocker0", bridge].includes(text)) return "bridge";
  if (text === "host" || text === "none") return text;
  if (text.startsWith("container:")) {
    throw usageError(`--network ${JSON.stringify(text)}: joining another container's network is not supported`, bridge);
  }
  throw usageError(`--network ${JSON.stringify(text)}: expected ${bridge}, host or none`);
}
