import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";

/** The names that /proc/PID/ns has for the types of an OCI config. */
export const NAMESPACE_FILE = {
  pid: "pid",
  network: "net",
  mount: "mnt",
  ipc: "ipc",
  uts: "uts",
  user: "user",
  cgroup: "cgroup",
  time: "time",
} as const;

export type NamespaceType = keyof typeof NAMESPACE_FILE;

const UNSHARE_FLAG: Record<NamespaceType, string> = {
  pid: "--pid",
  network: "--net",
  mount: "--mount",
  ipc: "--ipc",
  uts: "--uts",
  user: "--user",
  cgroup: "--cgroup",
  time: "--time",
};

export interface HeldNamespaces {
  pid: number;
  /** `/proc/PID/ns/net` … */
  path(type: NamespaceType): string;
  /** `net:[4026531840]` */
  name(type: NamespaceType): string;
  end(): Promise<void>;
}

/** A process that does nothing but hold new namespaces of some types. */
export async function holdNamespaces(types: readonly NamespaceType[]): Promise<HeldNamespaces> {
  const flags = types.map((type) => UNSHARE_FLAG[type]);
  const command = ["--kill-child", "--fork", ...flags, "sh", "-c", "echo; exec sleep 1000"];
  const holder = spawn("unshare", command, { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  const pid = firstChild(holder.pid ?? 0);
  if (types.includes("user")) {
    for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${pid}/${map}`, "0 100000 65536");
  }
  const path = (type: NamespaceType): string => `/proc/${pid}/ns/${NAMESPACE_FILE[type]}`;
  return {
    pid,
    path,
    name: (type) => readlinkSync(path(type)),
    async end() {
      const ended = once(holder, "exit");
      // The child goes with it (--kill-child).
      holder.kill("SIGKILL");
      await ended;
    },
  };
}

function firstChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
}

export function ownNamespace(type: NamespaceType): string {
  return readlinkSync(`/proc/self/ns/${NAMESPACE_FILE[type]}`);
}
