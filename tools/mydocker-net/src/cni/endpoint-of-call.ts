import type { CniAttachment } from "../endpoint/record.ts";
import type { CniCall } from "./parse-call.ts";

export function attachmentOf({ config, containerId, ifname }: CniCall): CniAttachment {
  return { network: config.name, containerId, ifname };
}

/** An endpoint's id for CNI: no container's id has a colon, so it is nobody else's. */
export function endpointId({ network, containerId, ifname }: CniAttachment): string {
  return `cni:${network}:${containerId}:${ifname}`;
}
