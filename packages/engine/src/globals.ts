// What Node and Bun have as globals, as far as the verbs in a hurry use it. Nothing here may look at the host before the snapshot is
// continued: what it saw would be the build's.
import { environmentRecord } from "@mydocker/system/environment";
import { SmallBuffer } from "./buffer.ts";
import { host } from "./host.ts";
import { createHash } from "./node/crypto.ts";
import { constants, hostname } from "./node/os.ts";
import { isatty } from "./node/tty.ts";

const BUILTIN: Record<string, object> = {
  "node:crypto": { createHash },
  "node:os": { constants, hostname },
  "node:tty": { isatty },
};

let numbers: ReturnType<typeof host.numbers> | undefined;
let environment: Record<string, string> | undefined;
let executable: string | undefined;

const process = {
  arch: "x64",
  platform: "linux",
  versions: {},
  get argv0(): string {
    return host.arguments()[0] ?? "";
  },
  get argv(): string[] {
    return host.arguments();
  },
  get env(): Record<string, string> {
    environment ??= environmentRecord(host.environment());
    return environment;
  },
  get execPath(): string {
    executable ??= host.executable();
    return executable;
  },
  get pid(): number {
    return ask()[0];
  },
  get ppid(): number {
    return ask()[1];
  },
  getuid: (): number => ask()[2],
  getgid: (): number => ask()[3],
  cwd: (): string => host.directory(),
  exit: (code: number): never => host.exit(code),
  hrtime: { bigint: (): bigint => BigInt(host.clock()) },
  kill(pid: number, signal: string | number): void {
    const number = typeof signal === "number" ? signal : Reflect.get(constants.signals, signal);
    host.signal(pid, number);
  },
  getBuiltinModule(name: string): object {
    const found = BUILTIN[name];
    if (found === undefined) throw new Error(`${name}: the small engine has no such module`);
    return found;
  },
};

/** Asked once; the parent may end meanwhile, and who it was at first is what is wanted. */
function ask(): ReturnType<typeof host.numbers> {
  numbers ??= host.numbers();
  return numbers;
}

function getRandomValues<T extends ArrayBufferView>(array: T): T {
  host.random(new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength));
  return array;
}

// The engine's own numbers continue from the snapshot: every process would have the same.
Math.random = () => {
  const [high = 0, low = 0] = getRandomValues(new Uint32Array(2));
  return ((high >>> 5) * 0x400_0000 + (low >>> 6)) / 0x20_0000_0000_0000;
};

Object.assign(globalThis, { process, Buffer: SmallBuffer, crypto: { getRandomValues } });
