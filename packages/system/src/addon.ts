import { programsDirectory } from "./installation.ts";

/** The functions of native/functions.h. Each throws as node:fs does: code, errno, syscall, path. */
export interface Addon {
  open(path: string, flags: number, mode: number): number;
  close(descriptor: number): void;
  /** @param position -1: where the file is */
  read(descriptor: number, bytes: Uint8Array, position: number): number;
  readText(descriptor: number): string;
  readBytes(descriptor: number): Buffer;
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
  sync(descriptor: number): void;
  /** false: somebody else holds it */
  lock(descriptor: number): boolean;
  status(descriptor: number): number[];
  pathStatus(path: string, follow: 0 | 1): number[];
  exists(path: string): boolean;
  makeDirectory(path: string, mode: number): void;
  removeDirectory(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  link(from: string, to: string): void;
  symbolicLink(target: string, path: string): void;
  readLink(path: string): string;
  realPath(path: string): string;
  /** Name and type (DT_*) by turns. */
  readDirectory(path: string): (string | number)[];
  removeTree(path: string): void;
  /** @param tcp 1: TCP, 0: UDP */
  tryBind(address: string, port: number, tcp: 0 | 1): void;
  /** @param kept how many descriptors, from 3 on, the program gets besides stdio */
  execute(file: string, args: string[], environment: string[], kept: number): never;
}

/** Beside the shim. */
const FILE = "mydocker-system.node";

let loaded: Addon | undefined;

/** The addon, loaded once. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  const module: { exports: object } = { exports: {} };
  process.dlopen(module, `${programsDirectory()}/${FILE}`);
  return module.exports as Addon;
}
