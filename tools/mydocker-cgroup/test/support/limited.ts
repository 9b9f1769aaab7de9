import { findHierarchies, type Hierarchy, hierarchyOf, planCgroup } from "@mydocker/cgroup";
import { makeSandbox, type Sandbox, type ToolResult } from "@mydocker/testing";

/** A cgroup that a test limits and runs scripts in. */
export interface LimitedCgroup {
  sandbox: Sandbox;
  hierarchies: Hierarchy[];
  id: string;
  /** The version of the hierarchy that has a controller; undefined where none has. */
  versionOf(controller: string): 1 | 2 | undefined;
  cgroup(...args: string[]): Promise<ToolResult>;
  /** @throws where it fails */
  require(...args: string[]): Promise<string>;
  /** The document that `apply` reads. */
  config(resources: object): string;
  apply(flags: string[], resources?: object): Promise<ToolResult>;
  /** Runs a shell script in the cgroup, in every hierarchy. */
  inside(script: string): Promise<ToolResult>;
  /** What stands behind the first of these that the host has: a file, or a file and the beginning of a line in it. */
  value(...files: string[]): Promise<string | undefined>;
  /** Nanoseconds of processor time so far. */
  usage(): Promise<number>;
}

export function limitedCgroup(id: string, sandbox: Sandbox = makeSandbox()): LimitedCgroup {
  const hierarchies = findHierarchies();
  const cgroup = (...args: string[]) => sandbox.tool("mydocker-cgroup", args);
  const require = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cgroup(...args);
    if (code !== 0) throw new Error(`mydocker-cgroup ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const config = (resources: object): string =>
    JSON.stringify({
      ociVersion: "1.2.0",
      process: { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } },
      annotations: { "io.mydocker.id": id, "org.example.kept": "yes" },
      linux: { resources, namespaces: [{ type: "pid" }] },
      unknownMember: { kept: true },
    });
  return {
    sandbox,
    hierarchies,
    id,
    versionOf: (controller) =>
      hierarchyOf(hierarchies, controller === "io" ? "blkio" : controller)?.version ??
      hierarchyOf(hierarchies, controller)?.version,
    cgroup,
    require,
    config,
    apply: (flags, resources = {}) =>
      sandbox.tool("mydocker-cgroup", ["apply", ...flags], { input: config(resources) }),
    inside(script) {
      const { joinFiles } = planCgroup(hierarchies, `/${sandbox.paths.prefix}/${id}`, {});
      return sandbox.shell(`${joinFiles.map((file) => `echo 0 > ${file} &&`).join(" ")} true || exit 99\n${script}`);
    },
    async value(...files) {
      const lines = (await require("show", "--all", id)).split("\n");
      const names = lines.map((line) => line.slice(line.lastIndexOf(`/${id}/`) + id.length + 2));
      const found = files.flatMap((file) =>
        names.filter((line) => line.startsWith(`${file} `)).map((line) => [file, line]),
      );
      const [file = "", line] = found[0] ?? [];
      return line?.slice(file.length + 1);
    },
    async usage() {
      const { containers } = JSON.parse(await require("stats", id)) as { containers: { cpu: { usage: number } }[] };
      return containers[0]?.cpu.usage ?? 0;
    },
  };
}
