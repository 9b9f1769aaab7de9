import { addon } from "./addon.ts";

/**
 * Binds a port of this host, listens where it is TCP, and lets go of it again.
 *
 * @throws the system's error: EADDRINUSE where somebody else has it, EADDRNOTAVAIL where no interface has the address
 */
export function tryBind(address: string, port: number, protocol: "tcp" | "udp"): void {
  addon().tryBind(address, port, protocol === "tcp" ? 1 : 0);
}
