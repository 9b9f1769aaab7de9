/**
 * The operations that the shim carries out (docs/shim.md). The same table stands in C (`shim/operations.h`); a test
 * compares the two through `mydocker-shim operations`.
 *
 * Signature: `n` number (u64), `t` text, `b` bytes, `*` any number of the type before it.
 */
export const OPERATIONS = {
  relay: { code: 1, phase: "host", signature: "ttn" },
  "exit-file": { code: 2, phase: "host", signature: "t" },
  "start-fifo": { code: 3, phase: "host", signature: "t" },
  cgroup: { code: 4, phase: "host", signature: "t" },
  "join-process": { code: 5, phase: "host", signature: "nnn" },
  clone: { code: 7, phase: "host", signature: "n" },
  background: { code: 8, phase: "host", signature: "" },
  trace: { code: 9, phase: "host", signature: "" },
  messages: { code: 10, phase: "host", signature: "tn" },
  detach: { code: 11, phase: "host", signature: "t" },
  "no-input": { code: 12, phase: "host", signature: "" },
  record: { code: 13, phase: "host", signature: "tt*" },
  log: { code: 130, phase: "host", signature: "tn" },
  "console-socket": { code: 131, phase: "host", signature: "t" },
  "pidfd-socket": { code: 132, phase: "host", signature: "tt" },
  "pid-file": { code: 133, phase: "host", signature: "t" },
  "no-wait": { code: 135, phase: "host", signature: "" },
  "failure-code": { code: 136, phase: "host", signature: "n" },
  "device-program": { code: 140, phase: "host", signature: "tb" },
  "scope-holder": { code: 141, phase: "host", signature: "nn" },
  "memory-events": { code: 142, phase: "host", signature: "tt" },
  "join-cgroups": { code: 20, phase: "container", signature: "" },
  unshare: { code: 21, phase: "container", signature: "n" },
  join: { code: 22, phase: "container", signature: "tn" },
  propagation: { code: 23, phase: "container", signature: "n" },
  "root-overlay": { code: 24, phase: "container", signature: "tttt*" },
  "root-bind": { code: 25, phase: "container", signature: "t" },
  mount: { code: 26, phase: "container", signature: "tttnt*" },
  bind: { code: 27, phase: "container", signature: "ttnnnn" },
  "make-directory": { code: 28, phase: "container", signature: "tn" },
  "symbolic-link": { code: 29, phase: "container", signature: "tt" },
  device: { code: 30, phase: "container", signature: "tnnnnnn" },
  mask: { code: 31, phase: "container", signature: "t" },
  "read-only": { code: 32, phase: "container", signature: "t" },
  pivot: { code: 33, phase: "container", signature: "" },
  "root-read-only": { code: 34, phase: "container", signature: "" },
  hostname: { code: 35, phase: "container", signature: "t" },
  domainname: { code: 36, phase: "container", signature: "t" },
  sysctl: { code: 37, phase: "container", signature: "tt" },
  terminal: { code: 38, phase: "container", signature: "nnn" },
  limit: { code: 39, phase: "container", signature: "nnn" },
  "oom-score": { code: 40, phase: "container", signature: "t" },
  session: { code: 41, phase: "container", signature: "" },
  umask: { code: 42, phase: "container", signature: "n" },
  bounding: { code: 43, phase: "container", signature: "n" },
  user: { code: 44, phase: "container", signature: "nnn*" },
  capabilities: { code: 45, phase: "container", signature: "nnnn" },
  "no-new-privileges": { code: 46, phase: "container", signature: "" },
  seccomp: { code: 47, phase: "container", signature: "bn" },
  directory: { code: 48, phase: "container", signature: "t" },
  environment: { code: 49, phase: "container", signature: "t*" },
  "find-command": { code: 50, phase: "container", signature: "tt" },
  "wait-start": { code: 51, phase: "container", signature: "" },
  execute: { code: 52, phase: "container", signature: "t*" },
  "keep-descriptors": { code: 53, phase: "container", signature: "n" },
  "show-file": { code: 54, phase: "container", signature: "tn" },
  "root-volatile": { code: 55, phase: "container", signature: "" },
  "session-keyring": { code: 137, phase: "container", signature: "" },
  "child-file": { code: 90, phase: "host", signature: "tt" },
  "join-first": { code: 91, phase: "host", signature: "tn" },
  "id-map": { code: 92, phase: "host", signature: "tt" },
  "child-limit": { code: 93, phase: "host", signature: "nn" },
  "prepare-bind": { code: 94, phase: "host", signature: "tnnnn*" },
  "prepare-mount": { code: 95, phase: "host", signature: "ttnntnt*" },
  "prepare-overlay": { code: 96, phase: "host", signature: "tttt*" },
  attach: { code: 97, phase: "container", signature: "nt" },
  "attach-root": { code: 98, phase: "container", signature: "n" },
  "time-offset": { code: 99, phase: "host", signature: "t" },
  "mount-data": { code: 100, phase: "container", signature: "tttnt" },
  remount: { code: 101, phase: "container", signature: "tnnt*" },
  "mount-attributes": { code: 102, phase: "container", signature: "tnnnn*" },
  "namespace-sysctl": { code: 103, phase: "host", signature: "tntt" },
  "copy-up": { code: 104, phase: "container", signature: "ttnt*" },
  "root-directory": { code: 105, phase: "container", signature: "t" },
  "change-root": { code: 106, phase: "container", signature: "" },
  "move-device": { code: 107, phase: "host", signature: "ttt" },
  "process-root": { code: 108, phase: "host", signature: "nn" },
  "own-streams": { code: 109, phase: "host", signature: "n" },
  "runtime-hook": { code: 110, phase: "container", signature: "ttnnttnt*" },
  "container-hook": { code: 111, phase: "container", signature: "ttnnttnt*" },
  "started-hook": { code: 112, phase: "started", signature: "ttnnttnt*" },
  "undo-hook": { code: 113, phase: "failure", signature: "ttnnttnt*" },
  "start-answer": { code: 114, phase: "host", signature: "t" },
  scheduler: { code: 115, phase: "container", signature: "nnnnnnn" },
  "io-priority": { code: 116, phase: "container", signature: "nn" },
  affinity: { code: 117, phase: "container", signature: "nn*" },
  personality: { code: 118, phase: "container", signature: "n" },
  "memory-policy": { code: 119, phase: "container", signature: "nnn*" },
  home: { code: 120, phase: "container", signature: "n" },
  warn: { code: 121, phase: "host", signature: "t" },
  apparmor: { code: 122, phase: "container", signature: "t" },
  selinux: { code: 123, phase: "container", signature: "t" },
  "seccomp-listener": { code: 124, phase: "host", signature: "t" },
  "seccomp-notify": { code: 125, phase: "container", signature: "bntt*" },
  command: { code: 60, phase: "teardown", signature: "t*" },
  hook: { code: 61, phase: "teardown", signature: "ttnnttnt*" },
  "remove-cgroups": { code: 62, phase: "teardown", signature: "t*" },
  "remove-directory": { code: 63, phase: "teardown", signature: "t" },
  undo: { code: 80, phase: "failure", signature: "t*" },
  filter: { code: 70, phase: "compile", signature: "nn" },
  architecture: { code: 71, phase: "compile", signature: "t" },
  rule: { code: 72, phase: "compile", signature: "ntn*" },
} as const satisfies Record<string, { code: number; phase: Phase; signature: string }>;

export type Phase = "host" | "container" | "teardown" | "compile" | "failure" | "started";

export type OperationName = keyof typeof OPERATIONS;

export type Argument = number | bigint | string | Uint8Array;

export interface Operation {
  name: OperationName;
  args: Argument[];
}

/** What the shim is to do, in order, phase by phase. */
export type Plan = Operation[];

export function operation(name: OperationName, ...args: Argument[]): Operation {
  return { name, args };
}
