import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";

/** A socket that receives on a port. */
export interface Listener {
  port: number;
  /** Hexadecimal, as in /proc/net. */
  address: string;
  inode: string;
}

const TCP_LISTEN = "0A";
const UDP_UNCONNECTED = "07";

/**
 * Parses /proc/net/tcp, tcp6, udp or udp6 (proc_pid_net(5)).
 *
 * @returns TCP sockets that listen, UDP sockets that receive from anybody
 */
export function parseListeners(text: string, protocol: "tcp" | "udp"): Listener[] {
  const state = protocol === "tcp" ? TCP_LISTEN : UDP_UNCONNECTED;
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state)
    .map((fields) => {
      const [address = "", port = "0"] = (fields[1] ?? "").split(":");
      return { address, port: Number.parseInt(port, 16), inode: fields[9] ?? "" };
    });
}

/** A process that receives on a port of the host: `"nginx" (pid 812)`, or undefined where none is found. */
export function findListeningProcess(port: number, protocol: "tcp" | "udp"): string | undefined {
  const inodes = new Set(
    [protocol, `${protocol}6`]
      .map((table) => unlessErrno(["ENOENT"], () => readFileSync(`/proc/net/${table}`, "utf8")) ?? "")
      .flatMap((text) => parseListeners(text, protocol))
      .filter((listener) => listener.port === port)
      .map(({ inode }) => `socket:[${inode}]`),
  );
  if (inodes.size === 0) return undefined;
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && holdsOne(name, inodes));
  if (pid === undefined) return undefined;
  const name = unlessErrno(["ENOENT", "ESRCH"], () => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "";
  return `${JSON.stringify(name)} (pid ${pid})`;
}

function holdsOne(pid: string, sockets: ReadonlySet<string>): boolean {
  const gone = ["ENOENT", "ESRCH", "EACCES"];
  const descriptors = unlessErrno(gone, () => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.some((descriptor) => {
    const target = unlessErrno(gone, () => readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    return target !== undefined && sockets.has(target);
  });
}
