import { runProgram } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { BACK_ENDS, chooseFirewall } from "../firewall/parts.ts";
import { chooseNetwork, ipamPlugin } from "./choose-network.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import { delegate } from "./delegate.ts";
import type { CniCall } from "./parse-call.ts";

/** STATUS: whether an ADD could be served. @throws CniError why not */
export async function requireReady(call: CniCall): Promise<void> {
  for (const [program, argument] of [
    ["ip", "-Version"],
    ["nsenter", "--version"],
  ] as const) {
    const { code } = await runProgram(program, [argument]).catch(() => ({ code: 127 }));
    if (code !== 0) throw new CniError(CNI_CODE.notAvailable, `${program} cannot be run, and ADD needs it`);
  }
  const paths = hostPaths();
  const firewall = chooseFirewall(paths);
  if (!BACK_ENDS[firewall].isUsable())
    throw new CniError(CNI_CODE.notAvailable, `${firewall} cannot be run, and ADD needs it`);
  const plugin = ipamPlugin(call.config);
  if (plugin === undefined) chooseNetwork(paths, call, undefined);
  else await delegate(plugin, call);
}
