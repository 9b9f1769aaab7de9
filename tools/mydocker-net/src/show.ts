import { defineCommand, MydockerError, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { listEndpointIds, readEndpoint } from "./endpoint/record.ts";

export const command = defineCommand({
  summary: "Print the record of a container's endpoint as JSON",
  usage: "ID",
  examples: ["mydocker-net show 3f2a | jq .claimed.address"],
  flags: {},
  args: { min: 1, max: 1 },
  run: async ({ args: [wanted = ""] }) => {
    const paths = hostPaths();
    const ids = listEndpointIds(paths);
    const matching = ids.includes(wanted) ? [wanted] : ids.filter((id) => id.startsWith(wanted));
    const [id] = matching;
    if (matching.length > 1) {
      throw new MydockerError(`"${wanted}" is the beginning of ${matching.length} container ids`, {
        code: "AMBIGUOUS",
        hint: "more of the id",
      });
    }
    const record = id === undefined ? undefined : readEndpoint(paths, id);
    if (record === undefined) {
      throw new MydockerError(`container "${wanted}" has no endpoint on a network`, { code: "NO_ENDPOINT" });
    }
    writeDocument(record);
  },
});
