import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { makeBundle, type Sandbox, type TestBundle, type ToolResult } from "../../packages/testing/src/index.ts";
import type { NamespaceType } from "./held-namespaces.ts";

export const ALL_TYPES = ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"] as const;

/** Root of the container is 100000 outside. */
export const IDS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** Sets how a namespace of a type comes to be: joined with a path, new, or (null) the host's. */
export function setNamespace(config: OciConfig, type: NamespaceType, path?: string | null): void {
  const others = (config.linux?.namespaces ?? []).filter((namespace) => namespace.type !== type);
  const own = path === null ? [] : [path === undefined ? { type } : { type, path }];
  config.linux = { ...config.linux, namespaces: [...others, ...own] };
}

export function addUserNamespace(config: OciConfig, ids = IDS): void {
  setNamespace(config, "user");
  config.linux = { ...config.linux, uidMappings: ids, gidMappings: ids };
}

/** What a container without a mount namespace can have. */
export function withoutMounts(config: OciConfig): void {
  config.mounts = [];
  config.linux = { ...config.linux, maskedPaths: [], readonlyPaths: [] };
}

export function allow(config: OciConfig, ...capabilities: string[]): void {
  const sets = config.process?.capabilities;
  for (const set of ["bounding", "effective", "permitted"] as const) sets?.[set]?.push(...capabilities);
}

export interface LiveContainer extends TestBundle {
  id: string;
  /** On the host. */
  pid: number;
  /** What `mydocker-init create` said. */
  created: ToolResult;
  start(): Promise<ToolResult>;
  exec(...args: string[]): Promise<ToolResult>;
  remove(): Promise<ToolResult>;
}

let count = 0;

/** `create`: a container that waits, with all that is made for it, to be looked at from outside. */
export async function createContainer(
  sandbox: Sandbox,
  args: string[],
  change?: (config: OciConfig) => void,
): Promise<LiveContainer> {
  count += 1;
  const id = `${sandbox.paths.prefix}-live-${count}`;
  const directory = join(sandbox.directory, id);
  const bundle = makeBundle(directory, args, change);
  const init = (...command: string[]) => sandbox.tool("mydocker-init", command);
  // The container keeps its creator's stdio: no pipe of ours, which would stay open.
  const output = join(directory, "output");
  const created = await sandbox.shell(
    `mydocker-init create --bundle ${directory} ${id} </dev/null >${output} 2>&1; code=$?; cat ${output}; exit $code`,
  );
  const state = await init("state", id);
  return {
    ...bundle,
    id,
    created,
    pid: state.code === 0 ? Number(JSON.parse(state.stdout).pid) : 0,
    start: () => init("start", id),
    exec: (...command) => init("exec", id, ...command),
    remove: () => init("delete", "--force", id),
  };
}

/** What is left on the host of a container that could not be made. */
export function remainsOf(sandbox: Sandbox, id: string): string[] {
  const controllers = existsSync("/sys/fs/cgroup/memory") ? readdirSync("/sys/fs/cgroup") : ["."];
  return [
    join(sandbox.paths.run, "init", id),
    ...controllers.map((controller) => join("/sys/fs/cgroup", controller, sandbox.paths.prefix, id)),
  ].filter((path) => existsSync(path));
}
