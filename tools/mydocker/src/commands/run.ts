import { become, defineCommand, newContainerId, shimPath, siblingPath, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { print } from "../print.ts";
import { requireTerminal } from "../require-terminal.ts";
import { checkCidfile } from "../run/check-cidfile.ts";
import { checkDetachKeys } from "../run/check-detach-keys.ts";
import { attachCommand, runtimeFiles } from "../run/client.ts";
import { RUN_FLAGS, type RunFlags } from "../run/flags.ts";
import { ownerFlag } from "../run/owner-flag.ts";
import { buildPipeline, stageWords } from "../run/pipeline.ts";
import { printedScript, runScript, type ScriptInput } from "../run/script.ts";
import { toolInPath } from "../run/tool-in-path.ts";

export const command = defineCommand({
  summary: "Run a command in a new container",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  examples: [
    "mydocker run --rm -it busybox sh",
    "mydocker run -d --name web -p 8080:80 -m 64m busybox httpd -f -h /www",
    "mydocker run --print-pipeline busybox id",
  ],
  flags: RUN_FLAGS,
  args: { min: 1 },
  flagsFirst: true,
  run({ flags, args }) {
    const [image = "", ...rest] = args;
    checkClientFlags(flags);
    const id = newContainerId();
    const pipeline = buildPipeline({ id, image, args: rest, flags });
    if (flags["print-pipeline"]) {
      const { "detach-keys": detachKeys, cidfile } = flags;
      print(printedScript({ id, pipeline, locate: toolInPath(process.env.PATH ?? ""), detachKeys, cidfile }));
      return Promise.resolve(0);
    }
    const input: ScriptInput = { id, pipeline, locate: siblingPath, ...clientParts(id, flags) };
    const [, verb = "", ...words] = pipeline.bundle;
    // What is removed when it ends is never started again.
    const stages = flags.rm ? [] : [`--stages=${JSON.stringify(stageWords(flags))}`];
    become("/bin/sh", ["sh", "-c", runScript(input), "mydocker", verb, ...ownerFlag(), ...stages, ...words]);
  },
});

function clientParts(id: string, flags: RunFlags): Pick<ScriptInput, "client" | "cidfile"> {
  const cidfile = flags.cidfile === undefined ? {} : { cidfile: flags.cidfile };
  if (flags.detach) return cidfile;
  const files = runtimeFiles(hostPaths(), id);
  return { ...cidfile, client: { argv: attachCommand(shimPath(), files, flags), started: files.started } };
}

/** What only the client can judge; everything else is the stages' to check. */
function checkClientFlags(flags: RunFlags): void {
  checkCidfile(flags.cidfile);
  checkDetachKeys(flags["detach-keys"]);
  const proxy = flags["sig-proxy"];
  if (proxy !== undefined && proxy !== "true" && proxy !== "false") {
    throw usageError(`--sig-proxy: expected true or false, got "${proxy}"`);
  }
  if (flags.interactive && flags.tty && !flags.detach && !flags["print-pipeline"]) requireTerminal();
}
