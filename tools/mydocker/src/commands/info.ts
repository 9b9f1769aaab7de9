import { existsSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { defineCommand } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { listContainers } from "../container/container.ts";
import { type DockerState, dockerState } from "../container/status.ts";
import { compileTemplate } from "../format/template.ts";
import { listImages } from "../image/image.ts";
import { print } from "../print.ts";
import { VERSION } from "../version.ts";

export const command = defineCommand({
  summary: "Show what is here: containers, images, places, kernel",
  usage: "[OPTIONS]",
  examples: ["mydocker info", "mydocker info --format '{{.ContainersRunning}}'"],
  flags: { format: { type: "string", short: "f", value: "json|TEMPLATE", description: "Go template" } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const paths = hostPaths();
    const states = listContainers(paths).map(dockerState);
    const count = (wanted: DockerState): number => states.filter((state) => state === wanted).length;
    const [running, paused] = [count("running"), count("paused")];
    const view = {
      Containers: states.length,
      ContainersRunning: running,
      ContainersPaused: paused,
      ContainersStopped: states.length - running - paused,
      Images: (await listImages()).length,
      Driver: "overlay",
      CgroupVersion: existsSync("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1",
      DockerRootDir: paths.root,
      RunDir: paths.run,
      KernelVersion: release(),
      NCPU: cpus().length,
      MemTotal: totalmem(),
      ServerVersion: VERSION,
    };
    if (flags.format === "json") print(`${JSON.stringify(view)}\n`);
    else if (flags.format !== undefined) print(`${compileTemplate(flags.format)(view)}\n`);
    else
      print(
        Object.entries(view)
          .map(([name, value]) => `${name}: ${value}\n`)
          .join(""),
      );
  },
});
