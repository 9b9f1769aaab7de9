import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";

const GONE = ["ENOENT", "ESRCH", "EINVAL", "EACCES"];

/**
 * A process whose root is the overlay with this upper directory: of a container that another runtime runs on a rootfs of
 * ours, of which we have no record.
 *
 * @returns its pid, or undefined
 */
export function findOverlayUser(upper: string): number | undefined {
  const seen = new Set([mountNamespace("self")]);
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const namespace = mountNamespace(name);
    if (namespace === undefined || seen.has(namespace)) continue;
    seen.add(namespace);
    const mounts = unlessErrno(GONE, () => readFileSync(`/proc/${name}/mountinfo`, "utf8")) ?? "";
    if (hasRootOn(mounts, upper)) return Number(name);
  }
  return undefined;
}

/**
 * Anywhere but at the root it is a copy that uses nothing: each mount namespace that is made while ours has the overlay
 * mounted (any container that is just being started, say) begins with all mounts of ours.
 *
 * @param mountinfo as in proc_pid_mountinfo(5); the file system's options are last in a line
 */
export function hasRootOn(mountinfo: string, upper: string): boolean {
  return mountinfo.split("\n").some((line) => {
    const [mount = "", fileSystem = ""] = line.split(" - ");
    const [type, , options = ""] = fileSystem.split(" ");
    return mount.split(" ")[4] === "/" && type === "overlay" && options.split(",").includes(`upperdir=${upper}`);
  });
}

function mountNamespace(process: string): string | undefined {
  return unlessErrno(GONE, () => readlinkSync(`/proc/${process}/ns/mnt`));
}
