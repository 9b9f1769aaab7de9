import { join } from "node:path";
import { busyboxArchive } from "../busybox-archive.mjs";
import { isHybridWithControllers, removeCgroups } from "../cgroups.mjs";
import { attempt, requireSuccess } from "../command.mjs";

const CGROUP = "mydocker-bench-podman";

/** podman with storage, run-time directory and a network of its own. */
export function startPodman(field) {
  const directory = join(field.directory, "podman");
  const globals = ["--root", `${directory}/root`, "--runroot", `${directory}/run`, "--tmpdir", `${directory}/tmp`];
  globals.push(
    "--network-config-dir",
    `${directory}/networks`,
    "--cgroup-manager",
    "cgroupfs",
    "--events-backend",
    "file",
  );
  const runtime = isHybridWithControllers() ? "runc" : "crun";
  globals.push("--runtime", runtime);
  field.remove("/run/libpod", "/var/lib/cni/networks/bench");
  requireSuccess(["mkdir", "-p", ...["root", "run", "tmp", "networks"].map((name) => join(directory, name))]);
  const argv = (...words) => ["podman", ...globals, ...words];
  field.later(() => removeCgroups(CGROUP, "libpod_parent"));
  field.later(() => attempt(argv("network", "rm", "--force", "bench")));
  field.later(() => attempt(argv("rm", "--all", "--force", "--time", "0")));
  requireSuccess(argv("load", "--quiet", "--input", busyboxArchive(field)));
  requireSuccess(argv("network", "create", "--subnet", "10.214.2.0/24", "--disable-dns", "bench"));
  return {
    version: `${requireSuccess(["podman", "--version"]).trim()} (with ${runtime})`,
    argv,
    // podman would raise these limits to its own defaults, which fails on a machine that forbids it.
    runFlags: [
      "--ulimit",
      "nofile=1024:1024",
      "--ulimit",
      "nproc=1024:1024",
      "--network",
      "bench",
      "--cgroup-parent",
      `/${CGROUP}`,
    ],
    pidOf: (name) => Number(requireSuccess(argv("inspect", "--format", "{{.State.Pid}}", name))),
    remove: (name) => attempt(argv("rm", "--force", "--time", "0", name)),
  };
}
