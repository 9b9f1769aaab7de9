import { existsSync } from "node:fs";
import { join } from "node:path";
import { WORKSPACE } from "../setup/run.mjs";
import { requireSuccess } from "./command.mjs";

/** The embedded image as an archive that `docker load` and `podman load` take: all engines run the same files. */
export function busyboxArchive(field) {
  const archive = join(field.directory, "busybox.tar");
  if (!existsSync(archive)) {
    field.remove("/var/lib/containers/cache");
    const layout = join(WORKSPACE, "dist/share/mydocker/images/busybox");
    const target = `docker-archive:${archive}:docker.io/library/busybox:latest`;
    requireSuccess(["skopeo", "--insecure-policy", "copy", "--quiet", `oci:${layout}`, target]);
  }
  return archive;
}
