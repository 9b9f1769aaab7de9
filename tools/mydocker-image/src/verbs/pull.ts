import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { skopeoArguments } from "../pull/copy-from-registry.ts";
import { pullImage } from "../pull/pull-image.ts";
import { parseSource } from "../pull/source.ts";
import { formatReference } from "../reference/reference.ts";
import { withInterruption } from "../store/interruption.ts";
import { PULL_FLAGS, pullOptions } from "./pull-flags.ts";

export const command = defineCommand({
  summary: "Fetch an image from a registry into the store, and unpack it. Prints its reference and digest.",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST] | SOURCE [NAME]",
  examples: [
    "mydocker-image pull debian:12",
    "mydocker-image pull --tls-verify=false registry.lan:5000/app",
    "mydocker-image pull --transport skopeo docker-daemon:app:1",
    "mydocker-image pull --transport skopeo oci:/some/layout:1 app:1",
  ],
  flags: {
    ...PULL_FLAGS,
    quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1, max: 2 },
  async run({ flags, args: [wanted = "", name] }) {
    const paths = hostPaths();
    const how = pullOptions(flags);
    const source = parseSource(wanted, name, how.transport ?? "native");
    const { reference, location, isRegistry } = source;
    const options = { ...how, quiet: flags.quiet, ...(isRegistry ? {} : { location }) };
    if (flags["dry-run"]) {
      const words = skopeoArguments(paths, source, "TEMPORARY", options, true);
      const action = options.transport === "skopeo" ? `skopeo ${words.join(" ")}` : `fetch ${location}`;
      writeAll(`${action}\nadd ${formatReference(reference)} to the store, and unpack it\n`);
      return;
    }
    const digest = await withInterruption(() => pullImage(paths, reference, options));
    writeAll(`${formatReference(reference)} ${digest}\n`);
  },
});
