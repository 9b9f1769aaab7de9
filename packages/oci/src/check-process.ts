import {
  ConfigError,
  expectAbsolute,
  expectArray,
  expectBoolean,
  expectId,
  expectInteger,
  expectRecord,
  expectString,
  expectText,
  forEach,
  optional,
  quote,
} from "./expect.ts";

/** config.md#process */
export function checkProcess(value: unknown, at: string): void {
  const process = expectRecord(value, at);
  const args = expectArray(process.args, `${at}.args`);
  if (args.length === 0) throw new ConfigError(`${at}.args: expected at least one argument`);
  args.forEach((arg, index) => {
    expectText(arg, `${at}.args[${index}]`);
  });
  expectAbsolute(process.cwd, `${at}.cwd`);
  optional(process.terminal, `${at}.terminal`, expectBoolean);
  // It "MUST be ignored" without a terminal, whatever it says.
  if (process.terminal === true) optional(process.consoleSize, `${at}.consoleSize`, checkConsoleSize);
  optional(process.noNewPrivileges, `${at}.noNewPrivileges`, expectBoolean);
  optional(process.env, `${at}.env`, (env, path) => forEach(env, path, expectText));
  optional(process.user, `${at}.user`, checkUser);
  optional(process.rlimits, `${at}.rlimits`, (limits, path) => forEach(limits, path, checkRlimit));
  optional(process.capabilities, `${at}.capabilities`, (sets, path) => {
    for (const [set, names] of Object.entries(expectRecord(sets, path))) {
      optional(names, `${path}.${set}`, (list, setPath) => forEach(list, setPath, expectString));
    }
  });
  optional(process.oomScoreAdj, `${at}.oomScoreAdj`, (score, path) => expectInteger(score, path, -1000, 1000));
  for (const member of ["apparmorProfile", "selinuxLabel"]) optional(process[member], `${at}.${member}`, expectText);
  optional(process.scheduler, `${at}.scheduler`, checkScheduler);
  optional(process.ioPriority, `${at}.ioPriority`, checkIoPriority);
  optional(process.execCPUAffinity, `${at}.execCPUAffinity`, (affinity, path) => {
    const { initial, final } = expectRecord(affinity, path);
    optional(initial, `${path}.initial`, expectString);
    optional(final, `${path}.final`, expectString);
  });
}

function checkConsoleSize(value: unknown, at: string): void {
  const size = expectRecord(value, at);
  for (const side of ["height", "width"]) expectInteger(size[side], `${at}.${side}`, 0, 65_535);
}

function checkUser(value: unknown, at: string): void {
  const user = expectRecord(value, at);
  for (const id of ["uid", "gid"]) optional(user[id], `${at}.${id}`, expectId);
  optional(user.umask, `${at}.umask`, (umask, path) => expectInteger(umask, path, 0, 0o777));
  optional(user.additionalGids, `${at}.additionalGids`, (gids, path) => forEach(gids, path, expectId));
}

function checkRlimit(value: unknown, at: string): void {
  const limit = expectRecord(value, at);
  expectString(limit.type, `${at}.type`);
  for (const bound of ["soft", "hard"]) {
    // RLIM_INFINITY is 2^64-1, which JSON readers round to 2^64, and write as 18446744073709552000: all mean "unlimited".
    if (Number(limit[bound]) !== 2 ** 64) expectUint64(limit[bound], `${at}.${bound}`);
  }
}

const POLICIES = ["OTHER", "FIFO", "RR", "BATCH", "ISO", "IDLE", "DEADLINE"].map((name) => `SCHED_${name}`);

function checkScheduler(value: unknown, at: string): void {
  const scheduler = expectRecord(value, at);
  expectOneOf(scheduler.policy, `${at}.policy`, POLICIES);
  optional(scheduler.nice, `${at}.nice`, (nice, path) => expectInteger(nice, path, -20, 19));
  optional(scheduler.priority, `${at}.priority`, (priority, path) => expectInteger(priority, path, 0, 99));
  optional(scheduler.flags, `${at}.flags`, (flags, path) => forEach(flags, path, expectString));
  for (const time of ["runtime", "deadline", "period"]) optional(scheduler[time], `${at}.${time}`, expectUint64);
}

const IO_CLASSES = ["RT", "BE", "IDLE"].map((name) => `IOPRIO_CLASS_${name}`);

function checkIoPriority(value: unknown, at: string): void {
  const priority = expectRecord(value, at);
  expectOneOf(priority.class, `${at}.class`, IO_CLASSES);
  optional(priority.priority, `${at}.priority`, (number, path) => expectInteger(number, path, 0, 7));
}

export function expectOneOf(value: unknown, at: string, expected: readonly string[]): void {
  const text = expectString(value, at);
  if (!expected.includes(text)) {
    throw new ConfigError(`${at}: expected one of ${expected.join(", ")}, got ${quote(text)}`);
  }
}

/** A whole number of 64 bits: a bigint where a number would not be exact (exact-numbers.ts). */
export function expectUint64(value: unknown, at: string): void {
  const whole = typeof value === "bigint" || Number.isInteger(value);
  if (!whole || BigInt(value as number | bigint) < 0n || BigInt(value as number | bigint) >= 2n ** 64n) {
    throw new ConfigError(`${at}: expected a whole number from 0 to 2^64-1`);
  }
}
