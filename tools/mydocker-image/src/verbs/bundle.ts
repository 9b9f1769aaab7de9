import { defineCommand, endOutput, writeAll } from "@mydocker/stage";
import { containerDirectory, hostPaths, nameClaim } from "@mydocker/state";
import { makeBundle } from "../bundle/make-bundle.ts";
import { type BundleRequest, parseRequest } from "../bundle/request.ts";
import { findImage } from "../store/find-image.ts";
import { obtainImage, parsePullPolicy } from "../store/obtain-image.ts";
import { BUNDLE_FLAGS } from "./bundle-flags.ts";
import { pullOptions } from "./pull-flags.ts";

export const command = defineCommand({
  summary: "Make a container of an image: its directory, its name, and its OCI config, which goes to stdout.",
  usage: "[OPTIONS] IMAGE [-- ARGS...]",
  examples: [
    "mydocker-image bundle busybox -- sh -c 'hostname; id' | mydocker-init run",
    "mydocker-image bundle -e A=1 -v ./data:/data:ro busybox -- env | jq .process.env",
  ],
  flags: BUNDLE_FLAGS,
  args: { min: 1, max: 1 },
  separateRest: true,
  async run({ flags, args, rest }) {
    const paths = hostPaths();
    const policy = parsePullPolicy(flags.pull ?? "missing");
    const options = pullOptions(flags);
    const request = parseRequest(flags, args[0] ?? "", rest ?? []);
    if (flags["dry-run"]) {
      const isThere = policy !== "always" && findImage(paths, request.image) !== undefined;
      const directory = containerDirectory(paths, request.id);
      const claim = nameClaim(paths, request.name ?? "GENERATED_NAME");
      writeAll(plan(request, isThere, directory, claim));
      return;
    }
    const entry = await obtainImage(paths, request.image, policy, options);
    await makeBundle(paths, request, entry, writeAll, options.unpacking);
    endOutput();
  },
});

function plan(request: BundleRequest, isThere: boolean, directory: string, claim: string): string {
  const volumes = request.volumes.map(({ source, destination }) => {
    const what =
      source.kind === "bind" ? source.path : source.kind === "named" ? `volume ${source.name}` : "a new volume";
    return `bind ${what} on ${destination}\n`;
  });
  return [
    isThere ? "" : `fetch image ${request.image}\n`,
    `make ${directory} with rootfs, upper, work and container.json\n`,
    `claim ${claim}\n`,
    ...volumes,
    "write the OCI config to stdout\n",
  ].join("");
}
