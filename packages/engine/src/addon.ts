// In place of packages/system/src/addon.ts: the same functions are part of this executable.
import type { Addon } from "@mydocker/system/addon";
import { bufferOf } from "./buffer.ts";
import { host } from "./host.ts";

const functions = { ...host, readBytes: (descriptor: number) => bufferOf(host.readBytes(descriptor)) };

export function addon(): Addon {
  return functions as unknown as Addon;
}
