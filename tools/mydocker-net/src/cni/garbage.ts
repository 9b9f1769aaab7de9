import { hostPaths } from "@mydocker/state";
import { listEndpointIds, readEndpoint } from "../endpoint/record.ts";
import { teardown } from "../endpoint/teardown.ts";
import { ipamPlugin } from "./choose-network.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import { delegate } from "./delegate.ts";
import { endpointId } from "./endpoint-of-call.ts";
import type { CniCall } from "./parse-call.ts";

/** GC: every endpoint of this network goes that the caller does not name. What fails does not keep the rest from going. */
export async function collectGarbage(call: CniCall): Promise<void> {
  const { name, validAttachments = [] } = call.config;
  const paths = hostPaths();
  const valid = new Set(
    validAttachments.map(({ containerID, ifname }) => endpointId({ network: name, containerId: containerID, ifname })),
  );
  const stale = listEndpointIds(paths).filter(
    (id) => readEndpoint(paths, id)?.attachment?.network === name && !valid.has(id),
  );
  const plugin = ipamPlugin(call.config);
  const problems: string[] = [];
  const attempt = (work: Promise<unknown>) =>
    work.catch((error: unknown) => {
      problems.push(error instanceof Error ? error.message : String(error));
    });
  for (const id of stale) await attempt(teardown(paths, id, { held: true, search: true }));
  if (plugin !== undefined) await attempt(delegate(plugin, call));
  if (problems.length > 0) throw new CniError(CNI_CODE.io, problems.join("; "));
}
