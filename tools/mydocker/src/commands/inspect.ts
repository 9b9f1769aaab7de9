import { join } from "node:path";
import { defineCommand, MydockerError, reportError, runProgram, siblingPath, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths, hostPaths } from "@mydocker/state";
import { requireContainer, startTime } from "../container/container.ts";
import { containerView } from "../container/inspect-view.ts";
import { readRunConfig } from "../container/mounts.ts";
import { readEndpoint } from "../container/ports.ts";
import { compileTemplate } from "../format/template.ts";
import { type ImageDocument, imageView } from "../image/inspect-view.ts";
import { print } from "../print.ts";

export const command = defineCommand({
  summary: "Show all that is known of containers or images, as JSON",
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  examples: ["mydocker inspect web", "mydocker inspect -f '{{.State.Pid}} {{json .NetworkSettings.Ports}}' web"],
  flags: {
    format: { type: "string", short: "f", value: "json|TEMPLATE", description: "Go template for each" },
    type: { type: "string", value: "container|image", description: "Look for this kind only" },
  },
  args: { min: 1 },
  async run({ flags, args }) {
    const { type, format } = flags;
    if (type !== undefined && type !== "container" && type !== "image") {
      throw usageError(`--type: expected container or image, got "${type}"`);
    }
    const template = format === undefined || format === "json" ? undefined : compileTemplate(format);
    const paths = hostPaths();
    const found: unknown[] = [];
    let code = 0;
    for (const name of args) {
      try {
        const object = await find(paths, name, type);
        if (template === undefined) found.push(object);
        else print(`${template(object)}\n`);
      } catch (error) {
        reportError(error);
        code = 1;
      }
    }
    if (template === undefined) print(`${JSON.stringify(found, null, format === "json" ? 0 : 4)}\n`);
    return code;
  },
});

async function find(paths: HostPaths, name: string, type: string | undefined): Promise<unknown> {
  if (type !== "image") {
    try {
      return inspectContainer(paths, name);
    } catch (error) {
      const isMissing = error instanceof MydockerError && error.code === "NO_CONTAINER";
      if (type === "container" || !isMissing) throw error;
    }
  }
  const result = await runProgram(siblingPath("mydocker-image"), ["inspect", name]);
  if (result.code !== 0) {
    throw new MydockerError(`No such ${type ?? "object"}: ${name}`, { code: "NO_OBJECT", exitCode: 1 });
  }
  return imageView(JSON.parse(result.stdout) as ImageDocument);
}

function inspectContainer(paths: HostPaths, name: string): unknown {
  const container = requireContainer(paths, name);
  const directory = containerDirectory(paths, container.id);
  const config = readRunConfig(paths, container.id);
  return containerView({
    container,
    config,
    endpoint: readEndpoint(paths, container),
    directory,
    logPath: join(directory, CONTAINER_FILE.log),
    startedAt: config === undefined ? undefined : startTime(paths, container),
  });
}
