import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { defineCommand, newContainerId, siblingPath } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { print } from "../print.ts";
import { checkCidfile } from "../run/check-cidfile.ts";
import { CREATE_FLAGS } from "../run/flags.ts";
import { ownerFlag } from "../run/owner-flag.ts";
import { bundleStage, stageWords } from "../run/pipeline.ts";
import { keepContainer } from "../start/keep-container.ts";

export const command = defineCommand({
  summary: "Make a container, and leave its start to mydocker start",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  examples: [
    "mydocker create --name web -p 8080:80 -m 64m busybox httpd -f -h /www",
    "mydocker start -a $(mydocker create busybox id)",
  ],
  flags: CREATE_FLAGS,
  args: { min: 1 },
  flagsFirst: true,
  async run({ flags, args: [image = "", ...args] }) {
    checkCidfile(flags.cidfile);
    const id = newContainerId();
    const [, verb = "", ...words] = bundleStage({ id, image, args, flags });
    const stages = stageWords(flags);
    const code = await runBundle([verb, ...ownerFlag(), `--stages=${JSON.stringify(stages)}`, ...words]);
    if (code !== 0) return code;
    await keepContainer(hostPaths(), id, stages);
    if (flags.cidfile !== undefined) writeFileSync(flags.cidfile, id);
    print(`${id}\n`);
    return 0;
  },
});

/** With our stderr: it may be fetching an image, and show how far it is. Its config is in the container's directory, too. */
function runBundle(args: string[]): Promise<number> {
  const child = spawn(siblingPath("mydocker-image"), args, { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 125));
  });
}
