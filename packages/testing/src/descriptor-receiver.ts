import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a runtime has sent over a socket of ours. */
export interface Received {
  payload: string;
  /** How many descriptors came with the message. */
  descriptors: number;
  /** What there was to read behind it: 0 for the end. */
  more: number;
  terminal: boolean;
  /** Whom a pidfd is of; -1 where it is none. */
  pid: number;
}

export interface DescriptorReceiver {
  socket: string;
  received: Promise<Received>;
  /** What a terminal has shown by now. */
  output(): string;
  type(text: string): void;
  /** When a terminal has hung up, or what is no terminal has come. */
  ended: Promise<void>;
  stop(): void;
}

/** Listens on a socket in `directory`, as an engine does for `--console-socket` and `--pidfd-socket`. */
export async function receiveDescriptor(directory: string, name: string): Promise<DescriptorReceiver> {
  const program = join(directory, "receive-descriptor");
  if (!existsSync(program)) {
    const source = fileURLToPath(new URL("receive-descriptor.c", import.meta.url));
    execFileSync("cc", ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o", program, source]);
  }
  const socket = join(directory, name);
  const child = spawn(program, [socket], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  let heard = (): void => {};
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    heard();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdin.on("error", () => {});
  const lines = (count: number): Promise<string[]> =>
    new Promise((resolve, reject) => {
      heard = () => {
        const found = text.split("\n");
        if (found.length > count) resolve(found);
      };
      heard();
      void ended.then(() => {
        heard();
        reject(new Error(`nothing was received on ${socket}`));
      });
    });
  await lines(1);
  const received = lines(2).then(([, line = ""]) => JSON.parse(line) as Received);
  // One that is never asked for is no failure.
  received.catch(() => {});
  return {
    socket,
    received,
    output: () => text.split("\n").slice(2).join("\n"),
    type: (typed) => void child.stdin.write(typed),
    ended,
    stop: () => void child.kill("SIGKILL"),
  };
}
