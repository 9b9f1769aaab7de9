import type { Addon } from "@mydocker/system/addon";

/** The functions of native/host-functions.h and of packages/system, in C. */
export interface Host extends Omit<Addon, "readBytes"> {
  readBytes(descriptor: number): Uint8Array;
  arguments(): string[];
  /** `KEY=VALUE` */
  environment(): string[];
  /** The path of this executable. */
  executable(): string;
  directory(): string;
  hostname(): string;
  /** Pid, parent's pid, uid, gid. */
  numbers(): [number, number, number, number];
  processors(): number;
  isTerminal(descriptor: number): boolean;
  signal(pid: number, number: number): void;
  sleep(milliseconds: number): void;
  /** Nanoseconds of the monotonic clock, below a second. */
  clock(): number;
  /** Fills it. */
  random(bytes: Uint8Array): void;
  /** UTF-8 */
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
  /**
   * @param given 1: there is input, 2: there is an environment
   * @param timeout milliseconds, or -1
   * @param kept bytes of output
   * @returns the program's number and its pid
   */
  startProgram(
    file: string,
    argv: string[],
    environment: string[],
    directory: string,
    input: Uint8Array,
    given: number,
    timeout: number,
    kept: number,
  ): [number, number];
  /** @returns exit code or -1, signal or 0, whether it was killed for its time was over, stdout, stderr */
  endProgram(number: number): [number, number, boolean, Uint8Array, Uint8Array];
  /** execve(2), with all that this process was given. */
  become(file: string, argv: string[]): never;
  exit(code: number): never;
}

/** All of them: the snapshot is made with these names, and none of them is called before it is continued. */
export const HOST_FUNCTIONS = [
  ...["open", "close", "read", "readText", "readBytes", "write", "sync", "lock", "status", "pathStatus", "exists"],
  ...[
    "makeDirectory",
    "removeDirectory",
    "unlink",
    "rename",
    "link",
    "symbolicLink",
    "readLink",
    "readDirectory",
    "realPath",
  ],
  ...["removeTree", "tryBind", "execute", "arguments", "environment", "executable", "directory", "hostname", "numbers"],
  ...[
    "processors",
    "isTerminal",
    "signal",
    "sleep",
    "clock",
    "random",
    "encode",
    "decode",
    "startProgram",
    "endProgram",
  ],
  ...["become", "exit"],
];

declare global {
  /** ES2024, which the types of the workspace do not have yet. */
  interface String {
    isWellFormed(): boolean;
    toWellFormed(): string;
  }
  var mydockerHost: Host;
}

export const host: Host = globalThis.mydockerHost;
