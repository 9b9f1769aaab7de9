import { defineCommand, siblingPath } from "@mydocker/stage";
import { familiarName } from "../image/image.ts";
import { print } from "../print.ts";

export const command = defineCommand({
  summary: "Take images from a tar archive",
  usage: "[OPTIONS]",
  examples: ["mydocker load -i images.tar", "docker save app:1 | mydocker load"],
  flags: {
    input: { type: "string", short: "i", value: "FILE", description: "Read from a file, in place of stdin" },
    platform: { type: "string", value: "OS/ARCH[/VARIANT]", description: "Platform of the image" },
    quiet: { type: "boolean", short: "q", description: "As without: there is no progress to hide" },
  },
  args: { min: 0, max: 0 },
  run({ flags }) {
    const args = [
      "load",
      ...(flags.input === undefined ? [] : [`--input=${flags.input}`]),
      ...(flags.platform === undefined ? [] : [`--platform=${flags.platform}`]),
    ];
    // It reads our stdin itself.
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const result = spawnSync(siblingPath("mydocker-image"), args, {
      stdio: ["inherit", "pipe", "inherit"],
      encoding: "utf8",
    });
    for (const line of result.stdout.split("\n").filter((text) => text !== "")) {
      const { repository, tag } = familiarName(line.split(" ")[0] ?? "");
      print(`Loaded image: ${repository}:${tag}\n`);
    }
    return Promise.resolve(result.status === 0 ? 0 : 1);
  },
});
