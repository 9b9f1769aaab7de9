import { join } from "node:path";
import { ANNOTATION, type OciConfig, type OverlayRootfs } from "@mydocker/oci";
import {
  CONFIG_FLAG,
  checkContainerId,
  defineCommand,
  MydockerError,
  readConfig,
  runFilter,
  usageError,
  writeAll,
} from "@mydocker/stage";
import {
  CONTAINER_FILE,
  containerDirectory,
  containerLife,
  findContainer,
  type HostPaths,
  hostPaths,
} from "@mydocker/state";
import { overlayOfConfig, overlayOfContainer } from "../mount/container-overlay.ts";
import { isMountPoint, mountOverlay } from "../mount/overlay-mount.ts";

export const command = defineCommand({
  summary:
    "Mount a container's rootfs on the host. Without an argument it is a filter: the config that leaves it runs under any OCI runtime.",
  usage: "[OPTIONS] [CONTAINER]",
  examples: [
    "mydocker-image bundle --id demo busybox -- id | mydocker-image mount > config.json && runc run -b . demo",
    "ls $(mydocker-image mount my-container)",
  ],
  flags: { ...CONFIG_FLAG, "dry-run": { type: "boolean", description: "Only print what would be done" } },
  args: { min: 0, max: 1 },
  async run({ flags, args }): Promise<number> {
    const paths = hostPaths();
    const dryRun = flags["dry-run"];
    if (args[0] !== undefined) return mountContainer(paths, args[0], dryRun);
    if (dryRun) return explain(flags.config);
    return runFilter(flags.config, mountConfig);
  },
});

function explain(source: string | undefined): number {
  const config = readConfig(source);
  writeAll(describe(overlayOfConfig(config), rootPath(config)));
  return 0;
}

async function mountConfig(config: OciConfig): Promise<OciConfig> {
  const overlay = overlayOfConfig(config);
  await mountOverlay(overlay, rootPath(config));
  const { [ANNOTATION.rootfs]: _, ...annotations } = config.annotations ?? {};
  return { ...config, annotations };
}

async function mountContainer(paths: HostPaths, wanted: string, dryRun: boolean): Promise<number> {
  const id = checkContainerId(findContainer(paths, wanted));
  const { status, runtime } = containerLife(paths, id);
  if (status === "running" || status === "created") {
    // Two mounts of one upper are undefined behaviour (overlayfs.rst).
    throw new MydockerError(`container ${id} is ${status}, and has its rootfs mounted itself`, {
      code: "RUNNING",
      hint: `its files are in /proc/${runtime?.init.pid ?? "PID"}/root`,
    });
  }
  const target = join(containerDirectory(paths, id), CONTAINER_FILE.rootfs);
  const overlay = overlayOfContainer(paths, id);
  if (dryRun) {
    writeAll(describe(overlay, target));
    return 0;
  }
  if (!isMountPoint(target)) await mountOverlay(overlay, target);
  writeAll(`${target}\n`);
  return 0;
}

function rootPath(config: OciConfig): string {
  const path = config.root?.path;
  if (path?.startsWith("/")) return path;
  throw usageError(`root.path: expected an absolute path, got ${JSON.stringify(path)}`);
}

function describe({ lower, upper, work }: OverlayRootfs, target: string): string {
  return `mount overlay on ${target}: lower ${lower.join(" ")}, upper ${upper}, work ${work}\n`;
}
