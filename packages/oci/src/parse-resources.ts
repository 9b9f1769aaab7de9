import {
  ConfigError,
  expectBoolean,
  expectInteger,
  expectRecord,
  expectString,
  expectText,
  forEach,
  optional,
  quote,
} from "./expect.ts";
import type { OciResources } from "./resources.ts";

/** The largest of the kernel's 64-bit counters; what is near it is rounded by JSON, to this at most. */
const MAX_INT64 = 2 ** 63;
const MAX_UINT32 = 2 ** 32 - 1;

/**
 * Parses a document that is a `linux.resources` by itself, as `update` gets it.
 *
 * @throws ConfigError with the path of the offending member and what was expected there
 */
export function parseResources(text: string): OciResources {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  checkResources(value, "resources");
  return value as OciResources;
}

/** Types and ranges. How members go together is judged where they are turned into files (packages/cgroup). */
export function checkResources(value: unknown, at: string): void {
  const resources = expectRecord(value, at);
  optional(resources.devices, `${at}.devices`, (rules, path) => forEach(rules, path, checkDeviceRule));
  optional(resources.memory, `${at}.memory`, checkMemory);
  optional(resources.cpu, `${at}.cpu`, checkCpu);
  optional(resources.blockIO, `${at}.blockIO`, checkBlockIo);
  optional(resources.hugepageLimits, `${at}.hugepageLimits`, (limits, path) => forEach(limits, path, checkHugepages));
  optional(resources.network, `${at}.network`, checkNetwork);
  optional(resources.pids, `${at}.pids`, (pids, path) =>
    expectInteger(expectRecord(pids, path).limit, `${path}.limit`, -1, MAX_INT64),
  );
  optional(resources.rdma, `${at}.rdma`, checkRdma);
  optional(resources.unified, `${at}.unified`, checkUnified);
}

function checkDeviceRule(value: unknown, at: string): void {
  const rule = expectRecord(value, at);
  expectBoolean(rule.allow, `${at}.allow`);
  optional(rule.type, `${at}.type`, (type, path) => {
    if (!["a", "b", "c", ""].includes(expectString(type, path))) {
      throw new ConfigError(`${path}: expected "a", "b" or "c", got ${quote(String(type))}`);
    }
  });
  // -1 stands for all, as engines write it.
  for (const number of ["major", "minor"]) checkInteger(rule, number, at, -1, MAX_UINT32);
  optional(rule.access, `${at}.access`, (access, path) => {
    if (/^[rwm]{1,3}$/.test(expectString(access, path))) return;
    throw new ConfigError(`${path}: expected letters of "rwm", got ${quote(String(access))}`);
  });
}

function checkMemory(value: unknown, at: string): void {
  const memory = expectRecord(value, at);
  for (const size of ["limit", "reservation", "swap", "kernel", "kernelTCP"]) {
    checkInteger(memory, size, at, -1, MAX_INT64);
  }
  checkInteger(memory, "swappiness", at, 0, 100);
  for (const flag of ["disableOOMKiller", "useHierarchy", "checkBeforeUpdate"]) {
    optional(memory[flag], `${at}.${flag}`, expectBoolean);
  }
}

function checkCpu(value: unknown, at: string): void {
  const cpu = expectRecord(value, at);
  checkInteger(cpu, "shares", at, 0, MAX_INT64);
  checkInteger(cpu, "quota", at, -1, MAX_INT64);
  for (const time of ["burst", "period", "realtimePeriod"]) checkInteger(cpu, time, at, 0, MAX_INT64);
  checkInteger(cpu, "realtimeRuntime", at, -1, MAX_INT64);
  checkInteger(cpu, "idle", at, 0, 1);
  for (const list of ["cpus", "mems"]) {
    optional(cpu[list], `${at}.${list}`, (text, path) => {
      // cpusets(7), "List format": with strides, too.
      if (/^[\d,:/ -]*\n?$/.test(expectText(text, path))) return;
      throw new ConfigError(`${path}: expected a list such as 0-3,7, got ${quote(String(text))}`);
    });
  }
}

function checkBlockIo(value: unknown, at: string): void {
  const blockIo = expectRecord(value, at);
  for (const weight of ["weight", "leafWeight"]) checkWeight(blockIo, weight, at);
  optional(blockIo.weightDevice, `${at}.weightDevice`, (list, path) =>
    forEach(list, path, (entry, entryAt) => {
      const device = expectDevice(entry, entryAt);
      for (const weight of ["weight", "leafWeight"]) checkWeight(device, weight, entryAt);
    }),
  );
  for (const throttle of ["ReadBps", "WriteBps", "ReadIOPS", "WriteIOPS"]) {
    const member = `throttle${throttle}Device`;
    optional(blockIo[member], `${at}.${member}`, (list, path) =>
      forEach(list, path, (entry, entryAt) => {
        expectInteger(expectDevice(entry, entryAt).rate, `${entryAt}.rate`, 0, MAX_INT64);
      }),
    );
  }
}

/** bfq takes 1 to 1000, the scheduler before it took 10 to 1000, and so does the spec; 0 is "not set". */
function checkWeight(record: Record<string, unknown>, member: string, at: string): void {
  if (record[member] !== 0) checkInteger(record, member, at, 10, 1000);
}

function expectDevice(value: unknown, at: string): Record<string, unknown> {
  const device = expectRecord(value, at);
  for (const number of ["major", "minor"]) expectInteger(device[number], `${at}.${number}`, 0, MAX_UINT32);
  return device;
}

function checkHugepages(value: unknown, at: string): void {
  const limit = expectRecord(value, at);
  const size = expectString(limit.pageSize, `${at}.pageSize`);
  // The name is part of a file's name.
  if (!/^[1-9][0-9]{0,9}[KMG]B$/.test(size)) {
    throw new ConfigError(`${at}.pageSize: expected a size such as "2MB", got ${quote(size)}`);
  }
  // An unsigned 64-bit number: engines write its largest for "no limit", and JSON rounds it.
  expectInteger(limit.limit, `${at}.limit`, 0, 2 ** 64);
}

function checkNetwork(value: unknown, at: string): void {
  const network = expectRecord(value, at);
  checkInteger(network, "classID", at, 0, MAX_UINT32);
  optional(network.priorities, `${at}.priorities`, (list, path) =>
    forEach(list, path, (entry, entryAt) => {
      const priority = expectRecord(entry, entryAt);
      const name = expectText(priority.name, `${entryAt}.name`);
      if (!/^[^\s/]{1,15}$/.test(name)) {
        throw new ConfigError(`${entryAt}.name: expected the name of an interface, got ${quote(name)}`);
      }
      expectInteger(priority.priority, `${entryAt}.priority`, 0, MAX_UINT32);
    }),
  );
}

function checkRdma(value: unknown, at: string): void {
  for (const [name, entry] of Object.entries(expectRecord(value, at))) {
    const path = `${at}[${quote(name)}]`;
    if (!/^[^\s\0]{1,64}$/.test(name)) throw new ConfigError(`${path}: expected the name of a device`);
    const limits = expectRecord(entry, path);
    const given = ["hcaHandles", "hcaObjects"].filter((member) => typeof limits[member] === "number");
    if (given.length === 0) throw new ConfigError(`${path}: expected hcaHandles, hcaObjects or both`);
    for (const member of given) checkInteger(limits, member, path, 0, MAX_UINT32);
  }
}

function checkUnified(value: unknown, at: string): void {
  for (const [file, text] of Object.entries(expectRecord(value, at))) {
    // A file of the container's own cgroup, so no "/"; and a controller's, or cgroup's own.
    if (!/^[a-z0-9_]+\.[a-zA-Z0-9_.-]+$/.test(file)) {
      throw new ConfigError(`${at}: expected a cgroup v2 file such as "memory.high", got ${quote(file)}`);
    }
    expectText(text, `${at}[${quote(file)}]`);
  }
}

function checkInteger(record: Record<string, unknown>, member: string, at: string, min: number, max: number): void {
  optional(record[member], `${at}.${member}`, (value, path) => expectInteger(value, path, min, max));
}
