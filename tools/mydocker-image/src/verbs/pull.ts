import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { skopeoArguments } from "../pull/copy-from-registry.ts";
import { pullImage } from "../pull/pull-image.ts";
import { formatReference, parseReference } from "../reference/reference.ts";
import { withInterruption } from "../store/interruption.ts";
import { PULL_FLAGS, pullOptions } from "./pull-flags.ts";

export const command = defineCommand({
  summary: "Fetch an image from a registry into the store, and unpack it. Prints its reference and digest.",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  examples: ["mydocker-image pull debian:12", "mydocker-image pull --tls-verify=false registry.lan:5000/app"],
  flags: {
    ...PULL_FLAGS,
    quiet: { type: "boolean", short: "q", description: "No progress on stderr" },
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const reference = parseReference(args[0] ?? "");
    const options = { ...pullOptions(flags), quiet: flags.quiet };
    if (flags["dry-run"]) {
      const words = skopeoArguments(paths, reference, "TEMPORARY", options, true);
      const how =
        options.transport === "skopeo" ? `skopeo ${words.join(" ")}` : `fetch docker://${formatReference(reference)}`;
      writeAll(`${how}\nadd ${formatReference(reference)} to the store, and unpack it\n`);
      return;
    }
    const digest = await withInterruption(() => pullImage(paths, reference, options));
    writeAll(`${formatReference(reference)} ${digest}\n`);
  },
});
