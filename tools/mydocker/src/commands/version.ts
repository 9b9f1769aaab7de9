import { OCI_VERSION } from "@mydocker/oci";
import { defineCommand } from "@mydocker/stage";
import { compileTemplate } from "../format/template.ts";
import { print } from "../print.ts";
import { VERSION } from "../version.ts";

export const command = defineCommand({
  summary: "Show mydocker's version",
  usage: "[OPTIONS]",
  examples: ["mydocker version", "mydocker version --format '{{.Client.Version}}'"],
  flags: { format: { type: "string", short: "f", value: "json|TEMPLATE", description: "Go template" } },
  args: { min: 0, max: 0 },
  run({ flags }) {
    const client = { Version: VERSION, OciVersion: OCI_VERSION, Os: process.platform, Arch: process.arch };
    // There is no daemon: whoever asks for the server's version gets that of the same program.
    const view = { Client: client, Server: client };
    if (flags.format === "json") print(`${JSON.stringify(view)}\n`);
    else if (flags.format !== undefined) print(`${compileTemplate(flags.format)(view)}\n`);
    else {
      print(`mydocker ${VERSION}\n OCI runtime spec: ${OCI_VERSION}\n OS/Arch: ${process.platform}/${process.arch}\n`);
    }
    return Promise.resolve(0);
  },
});
