import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { PortMapping } from "@mydocker/oci";
import { errnoOf } from "@mydocker/stage";

/**
 * Whether the host lets a port be bound: the firewall would take traffic from a host's process that has it without
 * either of them noticing.
 *
 * @returns undefined when it does, or the errno name
 */
export async function bindTest({ hostIp, hostPort, protocol }: PortMapping): Promise<string | undefined> {
  try {
    await (protocol === "tcp" ? bindTcp(hostIp, hostPort) : bindUdp(hostIp, hostPort));
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? "EADDRINUSE";
  }
}

function bindTcp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    // `exclusive` keeps SO_REUSEPORT off, with which the test would pass beside a socket that has it too.
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

function bindUdp(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: "udp4", reuseAddr: false });
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}
