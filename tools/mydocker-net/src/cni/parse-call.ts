import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniConfig } from "./cni-types.ts";
import { parseConfig } from "./parse-config.ts";

/** What the environment says of a call. */
export interface CniCall {
  command: "ADD" | "DEL" | "CHECK" | "GC" | "STATUS";
  containerId: string;
  /** Path of the namespace; may be missing, or gone, in DEL. */
  netns: string | undefined;
  ifname: string;
  /** `CNI_ARGS`, by which podman asks for an address (`IP`) and a MAC (`MAC`). */
  args: Record<string, string>;
  /** Where other plugins are. */
  path: string[];
  config: CniConfig;
  /** The configuration as it came, for an IPAM plugin, which gets the same. */
  text: string;
}

type Needed = "CNI_CONTAINERID" | "CNI_NETNS" | "CNI_IFNAME" | "CNI_PATH";

const NEEDED: Record<CniCall["command"], Needed[]> = {
  ADD: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
  DEL: ["CNI_CONTAINERID", "CNI_IFNAME"],
  CHECK: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
  GC: ["CNI_PATH"],
  STATUS: [],
};

/**
 * Parses a call (SPEC.md section 2).
 *
 * @throws CniError
 */
export function parseCall(env: NodeJS.ProcessEnv, text: string): CniCall {
  const command = env.CNI_COMMAND ?? "";
  if (!isCommand(command))
    throw new CniError(CNI_CODE.environment, `CNI_COMMAND: unknown command ${JSON.stringify(command)}`);
  const missing = NEEDED[command].filter((name) => (env[name] ?? "") === "");
  if (missing.length > 0)
    throw new CniError(CNI_CODE.environment, `${missing.join(", ")}: missing, and ${command} needs it`);
  const netns = env.CNI_NETNS === "" ? undefined : env.CNI_NETNS;
  return {
    command,
    containerId: check("CNI_CONTAINERID", env.CNI_CONTAINERID ?? "", CONTAINER_ID),
    netns: netns === undefined ? undefined : check("CNI_NETNS", netns, NETNS),
    ifname: check("CNI_IFNAME", env.CNI_IFNAME ?? "", IFNAME),
    args: parseArguments(env.CNI_ARGS ?? ""),
    path: (env.CNI_PATH ?? "").split(":").filter((directory) => directory.startsWith("/")),
    config: parseConfig(text),
    text,
  };
}

function isCommand(command: string): command is CniCall["command"] {
  return Object.hasOwn(NEEDED, command);
}

/** `K=V;K2=V2`. What is not known is left alone: there are conventions of every runtime in it. */
function parseArguments(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(";")
      .filter((pair) => pair.includes("="))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** The longest name of a file is 255 bytes, and the endpoint's record has the network's name and the interface's too. */
const CONTAINER_ID = /^(?:[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127})?$/;
/** What can go into a batch of `ip` as it is; the specification allows more, and nobody uses it. */
const IFNAME = /^(?!\.\.?$)[\w.@-]{0,15}$/;
const NETNS = /^\/[\w.@:+/-]*$/;

function check(variable: string, value: string, pattern: RegExp): string {
  if (pattern.test(value)) return value;
  throw new CniError(CNI_CODE.environment, `${variable}: ${JSON.stringify(value)} cannot be one`);
}
