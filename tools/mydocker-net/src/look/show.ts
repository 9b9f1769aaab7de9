import { defineCommand, MydockerError, writeDocument } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { listEndpointIds, listFurtherEndpoints, readEndpoint } from "../endpoint/record.ts";
import { lookAtEndpoint } from "./look-at-endpoint.ts";

export const command = defineCommand({
  summary: "Print a container's endpoint as JSON: what is recorded of it, and what the kernel has",
  usage: "ID",
  examples: ["mydocker-net show 3f2a | jq .claimed.address", "mydocker-net show 3f2a | jq .kernel.link.statistics"],
  flags: {},
  args: { min: 1, max: 1 },
  run: async ({ args: [wanted = ""] }) => {
    const paths = hostPaths();
    const id = findEndpoint(paths, wanted);
    const record = readEndpoint(paths, id);
    if (record === undefined) throw noEndpoint(wanted);
    const further = listFurtherEndpoints(paths, id).flatMap((other) => readEndpoint(paths, other) ?? []);
    writeDocument({
      ...record,
      kernel: lookAtEndpoint(paths, record),
      ...(further.length === 0
        ? {}
        : { further: further.map((other) => ({ ...other, kernel: lookAtEndpoint(paths, other) })) }),
    });
  },
});

function findEndpoint(paths: HostPaths, wanted: string): string {
  // What is behind a colon belongs to a container's first endpoint, unless it is CNI's.
  const ids = listEndpointIds(paths).filter((id) => !id.includes(":") || id.startsWith("cni:"));
  const matching = ids.includes(wanted) ? [wanted] : ids.filter((id) => id.startsWith(wanted));
  const [id] = matching;
  if (id === undefined) throw noEndpoint(wanted);
  if (matching.length === 1) return id;
  throw new MydockerError(`"${wanted}" is the beginning of ${matching.length} container ids`, {
    code: "AMBIGUOUS",
    hint: "more of the id",
  });
}

function noEndpoint(wanted: string): MydockerError {
  return new MydockerError(`container "${wanted}" has no endpoint on a network`, { code: "NO_ENDPOINT" });
}
