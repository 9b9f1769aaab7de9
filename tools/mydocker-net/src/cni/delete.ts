import { hostPaths } from "@mydocker/state";
import { teardown } from "../endpoint/teardown.ts";
import { ipamPlugin } from "./choose-network.ts";
import { delegate } from "./delegate.ts";
import { attachmentOf, endpointId } from "./endpoint-of-call.ts";
import type { CniCall } from "./parse-call.ts";

/** DEL: takes the endpoint away, or what is left of it; nothing left is success. */
export async function remove(call: CniCall): Promise<void> {
  await teardown(hostPaths(), endpointId(attachmentOf(call)), { held: true });
  const plugin = ipamPlugin(call.config);
  if (plugin !== undefined) await delegate(plugin, call);
}
