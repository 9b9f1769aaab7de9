import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { MydockerError, shimPath } from "@mydocker/stage";
import { stopWhenInterrupted } from "../store/interruption.ts";

/** What the shim tells of a layer that it made. */
export interface Told {
  /** Directories that no entry told of. */
  implicit: string[];
  /** Directories that hide what lower layers have in them. */
  opaque: string[];
}

/**
 * The shim in its role `unpack`: makes files of frames in a directory that is all it can reach. It ends with its input, so it
 * does not outlive this process.
 */
export class LayerMaker {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<number | null>;
  readonly #said: Buffer[] = [];
  #complaint = "";
  #isGone = false;

  /** @param landlock false: the directory is its root, and nothing more stands between it and the host */
  constructor(directory: string, landlock: boolean) {
    const args = ["unpack", ...(landlock ? [] : ["--no-landlock"]), directory];
    this.#child = spawn(shimPath(), args, { stdio: ["pipe", "pipe", "pipe"] });
    const forget = stopWhenInterrupted(() => this.#child.kill("SIGKILL"));
    this.#child.stdout.on("data", (data: Buffer) => this.#said.push(data));
    this.#child.stderr.on("data", (data: Buffer) => {
      this.#complaint = `${this.#complaint}${data.toString("utf8")}`.slice(0, 2000);
    });
    // Why it has gone is on its stderr.
    this.#child.stdin.on("error", () => {
      this.#isGone = true;
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => {
        this.#isGone = true;
        forget();
        resolve(code);
      });
    });
    this.#ended.catch(() => {});
  }

  /** Waits until the shim has taken them. @throws MydockerError where it has failed */
  async write(frames: Buffer): Promise<void> {
    const taken = new Promise<void>((resolve) => this.#child.stdin.write(frames, () => resolve()));
    if (!this.#isGone) await Promise.race([taken, this.#ended]);
    if (this.#isGone) await this.#fail();
  }

  /** Waits until everything is made; it is on the disk when somebody syncs it. */
  async finish(): Promise<Told> {
    this.#child.stdin.end();
    const code = await this.#ended;
    if (code !== 0) await this.#fail();
    const told = Buffer.concat(this.#said).toString("utf8").split("\0");
    const ofKind = (kind: string): string[] => [
      ...new Set(told.filter((text) => text.startsWith(kind)).map((text) => text.slice(1))),
    ];
    return { implicit: ofKind("i"), opaque: ofKind("o") };
  }

  /** Ends it, where what it was to make is not wanted any more. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended.catch(() => {});
  }

  async #fail(): Promise<never> {
    await this.#ended;
    const line = this.#complaint.trim().split("\n").at(-1) ?? "";
    const why = line.replace(/^mydocker-shim [a-z]+: /, "");
    const code = /: (E[A-Z0-9]+) \(/.exec(why)?.[1] ?? "UNPACK_FAILED";
    throw new MydockerError(why === "" ? "the unpacker was killed" : why, {
      code,
      ...(code === "ENOSPC" ? { hint: "make room: mydocker system prune, or mydocker-image gc" } : {}),
    });
  }
}
