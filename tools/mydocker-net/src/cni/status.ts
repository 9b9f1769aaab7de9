import { runProgram } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { chooseNetwork, ipamPlugin } from "./choose-network.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import { delegate } from "./delegate.ts";
import type { CniCall } from "./parse-call.ts";

/** STATUS: whether an ADD could be served. @throws CniError why not */
export async function requireReady(call: CniCall): Promise<void> {
  for (const [program, argument] of [
    ["ip", "-Version"],
    ["nft", "--version"],
    ["nsenter", "--version"],
  ] as const) {
    const { code } = await runProgram(program, [argument]).catch(() => ({ code: 127 }));
    if (code !== 0) throw new CniError(CNI_CODE.notAvailable, `${program} cannot be run, and ADD needs it`);
  }
  const plugin = ipamPlugin(call.config);
  if (plugin === undefined) chooseNetwork(hostPaths(), call, undefined);
  else await delegate(plugin, call);
}
