/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface MountInfo {
  root: string;
  target: string;
  options: string[];
  /** `shared:1`, `master:2`, `unbindable`. */
  propagation: string[];
  type: string;
  source: string;
  /** Of the file system, and not of the mount. */
  superOptions: string[];
}

export function parseMountInfo(text: string): MountInfo[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [mount = "", fileSystem = ""] = line.split(" - ");
      const [, , , root = "", target = "", options = "", ...propagation] = mount.split(" ");
      const [type = "", source = "", superOptions = ""] = fileSystem.split(" ");
      return {
        root,
        target,
        options: options.split(","),
        propagation,
        type,
        source,
        superOptions: superOptions.split(","),
      };
    });
}

/** What is mounted at a target; the topmost of several. */
export function mountAt(text: string, target: string): MountInfo {
  const found = parseMountInfo(text).findLast((mount) => mount.target === target);
  if (found === undefined) throw new Error(`nothing is mounted at ${target}:\n${text}`);
  return found;
}
