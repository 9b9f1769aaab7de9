import { isatty } from "node:tty";
import { defineCommand, info, runProgram, siblingPath, warn } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { confirm } from "../confirm.ts";
import { humanSize } from "../format/size.ts";
import { print } from "../print.ts";
import { removeStoppedContainers } from "../prune/containers.ts";
import { pruneImages } from "../prune/images.ts";
import { pruneNetworks } from "../prune/networks.ts";

/** In this order each finds what the one before it let go of. */
const COLLECTORS = ["mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"];

export const command = defineCommand({
  summary: "Remove stopped containers, and whatever a killed process has left behind",
  usage: "[OPTIONS]",
  examples: ["mydocker system prune", "mydocker system prune -af"],
  flags: {
    force: { type: "boolean", short: "f", description: "Do not ask" },
    all: { type: "boolean", short: "a", description: "Remove images that no container uses, too" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const isAgreed = flags.force || (await isAgreedAtTerminal(flags.all));
    if (isAgreed === undefined) return 0;
    const paths = hostPaths();
    let code = 0;
    let reclaimed = isAgreed ? await removeStoppedContainers(paths) : 0;
    if (isAgreed) print(await pruneNetworks([]));
    for (const tool of COLLECTORS) {
      const result = await runProgram(siblingPath(tool), ["gc"]);
      print(result.stdout);
      if (result.code === 0) continue;
      warn(`${tool} gc: ${result.stderr.trim()}`);
      code = 1;
    }
    const images = isAgreed ? await pruneImages(flags.all, []) : { text: "", bytes: 0 };
    reclaimed += images.bytes;
    print(`${images.text}\nTotal reclaimed space: ${humanSize(reclaimed, 4)}\n`);
    return code;
  },
});

/** @returns false where there is nobody to ask, undefined where the answer was no */
async function isAgreedAtTerminal(all: boolean): Promise<boolean | undefined> {
  if (!isatty(0)) {
    info("stopped containers are kept: nobody can be asked without a terminal; -f removes them");
    return false;
  }
  const images = all
    ? "  - all images without at least one container associated to them\n"
    : "  - all dangling images\n";
  const question =
    `WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n${images}` +
    "  - whatever has no live owner any more\n\nAre you sure you want to continue? [y/N] ";
  return (await confirm(question)) ? true : undefined;
}
