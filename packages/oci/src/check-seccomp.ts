import { expectOneOf, expectUint64 } from "./check-process.ts";
import {
  ConfigError,
  expectArray,
  expectInteger,
  expectRecord,
  expectString,
  expectText,
  forEach,
  optional,
} from "./expect.ts";

const ACTIONS = ["KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "TRACE", "ALLOW", "LOG", "NOTIFY"].map(
  (name) => `SCMP_ACT_${name}`,
);

const OPERATORS = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`);

/** config-linux.md#seccomp. Which of all this goes together is for mydocker-init to say. */
export function checkSeccomp(value: unknown, at: string): void {
  const seccomp = expectRecord(value, at);
  expectOneOf(seccomp.defaultAction, `${at}.defaultAction`, ACTIONS);
  optional(seccomp.defaultErrnoRet, `${at}.defaultErrnoRet`, expectErrno);
  for (const member of ["architectures", "flags"]) {
    optional(seccomp[member], `${at}.${member}`, (names, path) => forEach(names, path, expectString));
  }
  for (const member of ["listenerPath", "listenerMetadata"]) optional(seccomp[member], `${at}.${member}`, expectText);
  optional(seccomp.syscalls, `${at}.syscalls`, (rules, path) => forEach(rules, path, checkRule));
}

function checkRule(value: unknown, at: string): void {
  const rule = expectRecord(value, at);
  if (expectArray(rule.names, `${at}.names`).length === 0) throw new ConfigError(`${at}.names: expected at least one`);
  forEach(rule.names, `${at}.names`, expectText);
  expectOneOf(rule.action, `${at}.action`, ACTIONS);
  optional(rule.errnoRet, `${at}.errnoRet`, expectErrno);
  optional(rule.args, `${at}.args`, (args, path) => forEach(args, path, checkArgument));
}

function checkArgument(value: unknown, at: string): void {
  const argument = expectRecord(value, at);
  expectInteger(argument.index, `${at}.index`, 0, 5);
  expectUint64(argument.value, `${at}.value`);
  optional(argument.valueTwo, `${at}.valueTwo`, expectUint64);
  expectOneOf(argument.op, `${at}.op`, OPERATORS);
}

/** seccomp(2), SECCOMP_RET_DATA: 16 bits. The kernel returns no errno above 4095. */
function expectErrno(value: unknown, at: string): void {
  expectInteger(value, at, 0, 65_535);
}
