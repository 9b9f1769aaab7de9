import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { badLayer } from "../tar/bad-layer.ts";

export type Compression = "gzip" | "zstd" | "xz" | "none";

/** zlib's own 16 KiB cost a turn of the event loop each. */
const CHUNK = 256 * 1024;

/** By its first bytes: what a media type claims is not always so (docker reads any of these as any type). */
export function compressionOf(beginning: Buffer): Compression {
  const starts = (...bytes: number[]): boolean => beginning.subarray(0, bytes.length).equals(Buffer.from(bytes));
  if (starts(0x1f, 0x8b)) return "gzip";
  // The second is a frame to be skipped, with which zstd:chunked may begin.
  const isSkippable = beginning.length >= 4 && (beginning.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;
  if (starts(0x28, 0xb5, 0x2f, 0xfd) || isSkippable) return "zstd";
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return "xz";
  return "none";
}

/** Decompresses a stream as it comes. Programs for it are the host's, never an image's (CVE-2014-9357). */
export async function* decompress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const beginning = await readBeginning(iterator);
    const all = join(beginning, iterator);
    const compression = compressionOf(beginning);
    if (compression === "none") yield* all;
    else if (compression === "gzip") yield* gunzip(all);
    else yield* through(compression, all);
  } finally {
    await iterator.return?.();
  }
}

async function readBeginning(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let size = 0; size < 6; ) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    parts.push(value);
    size += value.length;
  }
  return Buffer.concat(parts);
}

async function* join(beginning: Buffer, iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (beginning.length > 0) yield beginning;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unzip = createGunzip({ chunkSize: CHUNK });
  const feeding = pipeline(Readable.from(source, { objectMode: false }), unzip);
  // Whatever fails is thrown below, where the output is read.
  feeding.catch(() => {});
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    throw asBadLayer("gzip", error);
  } finally {
    unzip.destroy();
  }
}

/** Dies with this process (PR_SET_PDEATHSIG), and with its input. */
async function* through(program: "zstd" | "xz", source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", program, "-dcq"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said = `${said}${data.toString("utf8")}`.slice(-1000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
  ended.catch(() => {});
  const feeding = pipeline(Readable.from(source, { objectMode: false }), child.stdin);
  feeding.catch(() => {});
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const code = await ended;
    if (code === 127)
      throw badLayer(
        `its ${program} cannot be unpacked: ${program} is not installed`,
        `apt-get install ${program === "xz" ? "xz-utils" : program}`,
      );
    if (code !== 0) throw badLayer(`its ${program} is damaged (${said.trim().split("\n").at(-1) ?? ""})`);
    await feeding;
  } finally {
    child.kill("SIGKILL");
  }
}

/** What zlib says is about the data; anything else came from where the data comes from. */
function asBadLayer(what: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!code.startsWith("Z_") && !code.startsWith("ERR_")) return error;
  return badLayer(`its ${what} is damaged (${error instanceof Error ? error.message : code})`);
}
