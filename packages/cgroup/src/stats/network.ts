import { readFileSync, readlinkSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { integer } from "./parse.ts";
import type { NetworkInterfaceStats } from "./stats.ts";

/** The interfaces of a process's network namespace but its loopback; null where it is the host's own. */
export function readNetwork(pid: number): NetworkInterfaceStats[] | null {
  return (
    unlessErrno(["ENOENT", "ESRCH"], () => {
      if (networkOf(pid) === networkOf("self")) return null;
      return parseNetwork(readFileSync(`/proc/${pid}/net/dev`, "utf8"));
    }) ?? null
  );
}

/** The network namespace of a process: `net:[4026531840]`; undefined once it has ended. */
export function networkOf(pid: number | "self"): string | undefined {
  return unlessErrno(["ENOENT", "ESRCH"], () => readlinkSync(`/proc/${pid}/ns/net`));
}

/** proc_pid_net(5): two lines of headings, then a name, eight numbers of what came in and eight of what went out. */
export function parseNetwork(text: string): NetworkInterfaceStats[] {
  return [...text.matchAll(/^ *([^\s:]+): *(.*)$/gm)]
    .filter(([, name]) => name !== "lo")
    .map(([, name = "", numbers = ""]) => {
      const values = numbers.split(/ +/).map((number) => integer(number) ?? 0n);
      const value = (index: number) => values[index] ?? 0n;
      return {
        Name: name,
        RxBytes: value(0),
        RxPackets: value(1),
        RxErrors: value(2),
        RxDropped: value(3),
        TxBytes: value(8),
        TxPackets: value(9),
        TxErrors: value(10),
        TxDropped: value(11),
      };
    });
}
