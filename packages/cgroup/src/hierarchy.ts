import { readFileSync } from "node:fs";
import { delegatedHierarchies, readControllers } from "./delegated.ts";

/** One mounted cgroup hierarchy with the controllers it has. */
export interface Hierarchy {
  version: 1 | 2;
  /** Mount point. */
  path: string;
  /** As the kernel names them: `cpu`, `memory`, … (v1 `blkio` is v2 `io`). */
  controllers: string[];
}

/** cgroups(7), "Cgroups version 1 controllers". Whatever else stands among the mount options is an option. */
const V1_CONTROLLERS = new Set(
  "cpu cpuacct cpuset memory devices freezer blkio pids net_cls net_prio perf_event hugetlb rdma misc".split(" "),
);

interface CgroupMount {
  version: 1 | 2;
  path: string;
  /** The directory of the hierarchy that is mounted there: "/" unless it is a bind mount or we are in a container. */
  root: string;
  options: string[];
}

/** What this process may use: all of the host's hierarchies as root, or else what has been delegated to its user. */
export function findHierarchies(): Hierarchy[] {
  const all = parseHierarchies();
  const user = process.getuid?.() ?? 0;
  return user === 0 ? all : delegatedHierarchies(all, user);
}

/**
 * Finds every cgroup hierarchy of the host: v1, v2 or both side by side (hybrid).
 * v1 hierarchies without a controller (`name=systemd`) only group processes for whoever made them; they are left out.
 *
 * @param mountinfo text of /proc/self/mountinfo (proc_pid_mountinfo(5))
 * @param controllersOf says which controllers the cgroup2 file system mounted at a path has
 */
export function parseHierarchies(
  mountinfo: string = readFileSync("/proc/self/mountinfo", "utf8"),
  controllersOf: (mountPoint: string) => string[] = readControllers,
): Hierarchy[] {
  const found = new Map<string, Hierarchy & { root: string }>();
  for (const line of mountinfo.split("\n")) {
    const mount = line.includes(" - cgroup") ? parseMount(line) : undefined;
    if (mount === undefined) continue;
    const controllers = mount.version === 1 ? mount.options.filter((option) => V1_CONTROLLERS.has(option)) : [];
    if (mount.version === 1 && controllers.length === 0) continue;
    const key = mount.version === 1 ? controllers.join() : "v2";
    // The same hierarchy may be mounted again, or a part of it bound into some container: the whole one is the host's.
    const known = found.get(key);
    if (known !== undefined && (known.root === "/" || mount.root !== "/")) continue;
    found.set(key, { version: mount.version, path: mount.path, controllers, root: mount.root });
  }
  return [...found.values()].map(({ version, path, controllers }) => ({
    version,
    path,
    controllers: version === 1 ? controllers : controllersOf(path),
  }));
}

/** The hierarchy that has a controller, or undefined. */
export function hierarchyOf(hierarchies: Hierarchy[], controller: string): Hierarchy | undefined {
  return hierarchies.find((hierarchy) => hierarchy.controllers.includes(controller));
}

function parseMount(line: string): CgroupMount | undefined {
  const [mount = "", filesystem = ""] = line.split(" - ");
  const [type, , options = ""] = filesystem.split(" ");
  if (type !== "cgroup" && type !== "cgroup2") return undefined;
  const fields = mount.split(" ");
  return {
    version: type === "cgroup" ? 1 : 2,
    root: unescapeField(fields[3] ?? ""),
    path: unescapeField(fields[4] ?? ""),
    options: options.split(","),
  };
}

/** Space, tab, newline and backslash are written as octal numbers (proc_pid_mountinfo(5)). */
function unescapeField(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
