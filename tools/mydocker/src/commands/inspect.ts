import { join } from "node:path";
import { defineCommand, MydockerError, runProgram, siblingPath, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths, hostPaths, readTextIfExists } from "@mydocker/state";
import { requireContainer, startTime } from "../container/container.ts";
import { containerView } from "../container/inspect-view.ts";
import { readConfigInForce, readConfigOf } from "../container/mounts.ts";
import { readEndpoint } from "../container/ports.ts";
import { inspectEach } from "../format/inspect.ts";
import { type ImageDocument, imageView } from "../image/inspect-view.ts";

export const command = defineCommand({
  summary: "Show all that is known of containers or images, as JSON",
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  examples: ["mydocker inspect web", "mydocker inspect -f '{{.State.Pid}} {{json .NetworkSettings.Ports}}' web"],
  flags: {
    format: { type: "string", short: "f", value: "json|TEMPLATE", description: "Go template for each" },
    type: { type: "string", value: "container|image", description: "Look for this kind only" },
  },
  args: { min: 1 },
  run({ flags, args }) {
    const { type, format } = flags;
    if (type !== undefined && type !== "container" && type !== "image") {
      throw usageError(`--type: expected container or image, got "${type}"`);
    }
    const paths = hostPaths();
    return inspectEach(args, format, (name) => find(paths, name, type));
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
  const config = readConfigOf(paths, container.id);
  return containerView({
    container,
    config,
    resources: readConfigInForce(paths, container)?.linux?.resources ?? config?.linux?.resources,
    devicePath,
    endpoint: readEndpoint(paths, container),
    directory,
    logPath: join(directory, CONTAINER_FILE.log),
    startedAt: config === undefined ? undefined : startTime(paths, container),
  });
}

/** By its numbers: sysfs has a link for each device there is. */
function devicePath(type: "b" | "c", major: number, minor: number): string {
  const link = `/sys/dev/${type === "b" ? "block" : "char"}/${major}:${minor}`;
  const name = /^DEVNAME=(.+)$/m.exec(readTextIfExists(`${link}/uevent`) ?? "")?.[1];
  return name === undefined ? `${major}:${minor}` : `/dev/${name}`;
}
