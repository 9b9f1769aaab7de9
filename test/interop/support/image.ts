import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineHost } from "./engine-host.ts";

/** The image that is built with mydocker: busybox, the same files for all engines. */
const LAYOUT = fileURLToPath(new URL("../../../dist/share/mydocker/images/busybox", import.meta.url));

export const BUSYBOX = "docker.io/library/busybox:latest";
export const PAUSE = "docker.io/library/pause:latest";

/** An archive that `docker load`, `podman load` and `ctr images import` take. */
export async function busyboxArchive(host: EngineHost): Promise<string> {
  const archive = join(host.directory, "busybox.tar");
  if (!existsSync(archive)) await copyImage(host, `oci:${LAYOUT}`, archive, BUSYBOX);
  return archive;
}

/** What holds a pod's namespaces: a container that does nothing, and ends when it is asked to. */
export async function pauseArchive(host: EngineHost): Promise<string> {
  const layout = join(host.directory, "pause");
  const archive = join(host.directory, "pause.tar");
  mkdirSync(layout);
  await host.require(["cp", "-a", `${LAYOUT}/.`, layout]);
  const script = "trap 'exit 0' INT TERM; while :; do sleep 3600 & wait $!; done";
  const entrypoint = ["/bin/sh", "-c", script].flatMap((word) => ["--config.entrypoint", word]);
  const tag = (await host.require(["umoci", "list", "--layout", layout])).trim();
  await host.require(["umoci", "config", "--image", `${layout}:${tag}`, "--clear=config.cmd", ...entrypoint]);
  await copyImage(host, `oci:${layout}`, archive, PAUSE);
  return archive;
}

function copyImage(host: EngineHost, from: string, archive: string, name: string): Promise<string> {
  const copy = ["skopeo", "--insecure-policy", "copy", "--quiet"];
  return host.require([...copy, from, `docker-archive:${archive}:${name}`]);
}
