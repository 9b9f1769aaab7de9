import { become, COMMON_FLAGS, defineCommand, MydockerError, siblingPath } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container/container.ts";
import { requireTerminal } from "../require-terminal.ts";

export const command = defineCommand({
  summary: "Run a command in a running container",
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  examples: ["mydocker exec -it web sh", "mydocker exec -u nobody -w /tmp web id"],
  flags: {
    interactive: { type: "boolean", short: "i", description: "Keep stdin open" },
    tty: { type: "boolean", short: "t", description: "Give the command a terminal" },
    detach: { type: "boolean", short: "d", description: "Do not wait for the command" },
    env: { type: "list", short: "e", value: "KEY[=VALUE]", description: "Set an environment variable" },
    "env-file": { type: "list", value: "FILE", description: "Read environment variables from a file" },
    workdir: { type: "string", short: "w", value: "DIR", description: "Working directory in the container" },
    user: { type: "string", short: "u", value: "USER[:GROUP]", description: "User (name or number) to run as" },
    debug: COMMON_FLAGS.debug,
  },
  args: { min: 2 },
  flagsFirst: true,
  async run({ flags, args: [name = "", ...words] }) {
    const { id, life, isPaused } = requireContainer(hostPaths(), name);
    if (life.status !== "running") {
      throw new MydockerError(`container ${name} is not running`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    if (isPaused) {
      throw new MydockerError(`container ${name} is paused, unpause the container before exec`, {
        code: "PAUSED",
        hint: `mydocker unpause ${name}`,
        exitCode: 1,
      });
    }
    if (flags.interactive && flags.tty && !flags.detach) requireTerminal();
    const { readEnvironment } = await import("../env-file.ts");
    become(siblingPath("mydocker-init"), [
      siblingPath("mydocker-init"),
      "exec",
      ...(flags.interactive ? ["-i"] : []),
      ...(flags.tty ? ["-t"] : []),
      ...(flags.detach ? ["-d"] : []),
      ...readEnvironment(flags["env-file"], flags.env, process.env).map((entry) => `--env=${entry}`),
      ...(flags.workdir === undefined ? [] : [`--workdir=${flags.workdir}`]),
      ...(flags.user === undefined ? [] : [`--user=${flags.user}`]),
      ...(flags.debug ? ["--debug"] : []),
      id,
      ...words,
    ]);
  },
});
