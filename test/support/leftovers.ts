import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import type { Sandbox } from "../../packages/testing/src/index.ts";

/**
 * What a sandbox has on the host for its containers: directories, claims, network namespaces, links, firewall elements,
 * cgroups, mounts, processes. The bridge, the firewall's table and the claims' directories stay for the next container.
 */
export async function leftovers(sandbox: Sandbox): Promise<string[]> {
  const { root, run, prefix } = sandbox.paths;
  const { stdout: links } = await sandbox.shell("ip -br link | cut -d' ' -f1 | cut -d@ -f1");
  const { stdout: elements } = await sandbox.shell(
    `nft list ruleset | awk '/^table/ { ours = $3 ~ /^${prefix}/ } $1 ~ /^(map|set)$/ { isMap = $1 == "map" } ours && isMap && /elements = /'`,
  );
  return [
    ...list(join(root, "containers")).map((id) => `container ${id}`),
    ...list(join(root, "names")).map((name) => `name ${name}`),
    ...list(join(run, "init")).map((id) => `runtime ${id}`),
    ...files(join(run, "net")).map((path) => `claim ${path}`),
    ...list("/run/netns")
      .filter((name) => name.startsWith(prefix))
      .map((name) => `netns ${name}`),
    ...links
      .split("\n")
      .filter((link) => link.startsWith(prefix) && !/^mydockert\d+x\d$/.test(link))
      .map((link) => `link ${link}`),
    ...elements
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `nft ${line.trim()}`),
    ...cgroups(prefix),
    ...readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(sandbox.directory))
      .map((line) => `mount ${line}`),
    ...processes(run),
  ];
}

function list(directory: string): string[] {
  return unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(directory)) ?? [];
}

/** Claims and endpoints; what is there once per network is not about a container. */
function files(directory: string): string[] {
  const entries = unlessErrno(["ENOENT"], () => readdirSync(directory, { withFileTypes: true, recursive: true })) ?? [];
  return entries
    .filter((entry) => entry.isFile() && /\/(addresses|ports|endpoints|keys)(\/|$)/.test(`${entry.parentPath}/`))
    .map((entry) => join(entry.parentPath, entry.name));
}

function cgroups(prefix: string): string[] {
  const hierarchies = ["", ...list("/sys/fs/cgroup")].map((name) => join("/sys/fs/cgroup", name, prefix));
  return hierarchies.flatMap((path) =>
    list(path)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((name) => `cgroup ${join(path, name)}`),
  );
}

/** Processes that were started for the sandbox: its run directory is in their environment. */
function processes(run: string): string[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const environment = unlessErrno(["ENOENT", "ESRCH", "EACCES"], () =>
        readFileSync(`/proc/${pid}/environ`, "latin1"),
      );
      return environment?.includes(`MYDOCKER_RUN=${run}\0`) === true;
    })
    .map(
      (pid) =>
        `process ${pid} ${unlessErrno(["ENOENT", "ESRCH"], () => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? ""}`,
    );
}
