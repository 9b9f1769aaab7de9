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

async function bindTcp(host: string, port: number): Promise<void> {
  const { createServer } = await import("node:net");
  return new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    // `exclusive` keeps SO_REUSEPORT off, with which the test would pass beside a socket that has it too.
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

async function bindUdp(address: string, port: number): Promise<void> {
  const { createSocket } = await import("node:dgram");
  return new Promise<void>((resolve, reject) => {
    const socket = createSocket({ type: "udp4", reuseAddr: false });
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}
