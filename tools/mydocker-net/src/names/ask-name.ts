import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { parseIp } from "../address/ip.ts";

const PATIENCE_MS = 2000;

/** Asks a server until it gives an address for a name. @returns false where it does not within two seconds */
export async function resolves(name: string, address: string, server: string): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(2)) {
    const answer = await ask(name, server);
    if (answer?.includes(addressBytes(address)) === true) return true;
  }
  return false;
}

/** A question of class IN and type A (RFC 1035 section 4). */
export function renderQuestion(name: string): Buffer {
  const header = Buffer.from([0x4d, 0x44, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

function ask(name: string, server: string): Promise<Buffer | undefined> {
  const socket = createSocket("udp4");
  return new Promise<Buffer | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), 200);
    const done = (answer: Buffer | undefined) => {
      clearTimeout(timer);
      resolve(answer);
    };
    socket.once("message", done);
    socket.once("error", () => done(undefined));
    socket.send(renderQuestion(name), 53, server);
  }).finally(() => socket.close());
}

function addressBytes(address: string): Buffer {
  const value = parseIp(address)?.value ?? 0n;
  return Buffer.from([24n, 16n, 8n, 0n].map((shift) => Number((value >> shift) & 0xffn)));
}
