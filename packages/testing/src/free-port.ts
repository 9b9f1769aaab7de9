import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that the kernel gives to clients (32768 to 60999): nobody takes one of these by accident. */
const RANGE = { first: 20_000, end: 32_000 };

/** A port of the host that nobody uses, TCP or UDP. */
export function freePort(): Promise<number> {
  return freePorts(1);
}

/** The first of `count` ports in a row that nobody uses. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const first = RANGE.first + Math.floor(Math.random() * (RANGE.end - RANGE.first - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "0.0.0.0");
  const socket = createSocket("udp4").bind(port, "0.0.0.0");
  const results = await Promise.allSettled([once(server, "listening"), once(socket, "listening")]);
  server.close();
  if (results[1]?.status === "fulfilled") socket.close();
  return results.every(({ status }) => status === "fulfilled");
}
