import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  become,
  defineCommand,
  MydockerError,
  newContainerId,
  shimPath,
  siblingPath,
  usageError,
} from "@mydocker/stage";
import { hostPaths, identifyProcess, RUNTIME_FILE, runtimeDirectory } from "@mydocker/state";
import { print } from "../print.ts";
import { attachCommand } from "../run/client.ts";
import { RUN_FLAGS, type RunFlags } from "../run/flags.ts";
import { buildPipeline } from "../run/pipeline.ts";
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
    become("/bin/sh", ["sh", "-c", runScript(input), "mydocker", verb, ...ownerFlag(), ...words]);
  },
});

function clientParts(id: string, flags: RunFlags): Pick<ScriptInput, "client" | "cidfile"> {
  const cidfile = flags.cidfile === undefined ? {} : { cidfile: flags.cidfile };
  if (flags.detach) return cidfile;
  const directory = runtimeDirectory(hostPaths(), id);
  const files = {
    socket: join(directory, RUNTIME_FILE.attach),
    start: join(directory, RUNTIME_FILE.start),
    started: join(directory, RUNTIME_FILE.started),
  };
  return { ...cidfile, client: { argv: attachCommand(shimPath(), files, flags), started: files.started } };
}

/**
 * Who owns the container while it is built: this process, which is the shell and the client later on. Told, because a
 * stage whose parent was killed before it looked would find PID 1 in its place, which never goes away.
 */
function ownerFlag(): string[] {
  const self = identifyProcess(process.pid);
  return self === undefined ? [] : [`--owner=${self.pid}:${self.start}`];
}

/** What only the client can judge; everything else is the stages' to check. */
function checkClientFlags(flags: RunFlags): void {
  const { cidfile } = flags;
  if (cidfile !== undefined && existsSync(cidfile)) {
    throw usageError(`--cidfile ${cidfile}: the file exists`, "remove it, once its container is gone");
  }
  const proxy = flags["sig-proxy"];
  if (proxy !== undefined && proxy !== "true" && proxy !== "false") {
    throw usageError(`--sig-proxy: expected true or false, got "${proxy}"`);
  }
  if (
    flags.interactive &&
    flags.tty &&
    !flags.detach &&
    !flags["print-pipeline"] &&
    !process.getBuiltinModule("node:tty").isatty(0)
  ) {
    throw new MydockerError("the input device is not a TTY", { code: "NOT_A_TTY", hint: "-i without -t", exitCode: 1 });
  }
}
