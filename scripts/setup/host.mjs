// What the host must be; each lack is one line that says what was found and what is needed.
import { accessSync, constants } from "node:fs";
import { release } from "node:os";
import { SetUpError } from "./run.mjs";

const NODE = [20, 19];
// mount_setattr (5.12), overlay on idmapped mounts and the new mount API as the shim uses it: the first LTS with all is 5.15.
const KERNEL = [5, 15];

/** Throws SetUpError unless this is root on a Linux with apt, Node and a kernel that are new enough. */
export function requireHost() {
  const problem = hostProblem({
    platform: process.platform,
    uid: process.getuid?.(),
    node: process.versions.node,
    kernel: release(),
    hasApt: isExecutable("/usr/bin/apt-get"),
  });
  if (problem !== undefined) throw new SetUpError(problem);
}

/** The first thing that is not as it must be, as one line, or undefined. */
export function hostProblem({ platform, uid, node, kernel, hasApt }) {
  if (platform !== "linux") return `needs Linux, this is ${platform}`;
  if (uid !== 0) return "needs root (namespaces, cgroups, packages): run it as root, or with sudo";
  if (!atLeast(node, NODE)) return `needs Node ${NODE.join(".")} or newer, this is ${node}`;
  if (!atLeast(kernel, KERNEL)) return `needs Linux ${KERNEL.join(".")} or newer, this is ${kernel}`;
  if (!hasApt) return "needs Debian 12, Ubuntu 22.04 or newer: apt-get was not found";
  return undefined;
}

function atLeast(version, [major, minor]) {
  const [a = 0, b = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
