import type { OciSeccomp, OciSyscallRule } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { type Operation, operation, type Plan } from "../plan/operations.ts";
import type { PlannedSeccomp } from "../plan/seccomp.ts";

/** seccomp(2) filter return values, without their data. */
const ACTIONS: Record<string, number> = {
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

/** errno(3), on every architecture. */
const EPERM = 1;

/** Actions whose low 16 bits carry a number. */
const WITH_DATA = new Set(["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"]);

/** libseccomp's enum scmp_compare. */
const OPERATORS: Record<string, number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** seccomp(2), SECCOMP_FILTER_FLAG_*. */
const FLAGS: Record<string, number> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
};

const NEW_LISTENER = 8;

/** Spec 1.3.0, seccomp architectures, without SCMP_ARCH_ and as libseccomp calls them. Which of them it knows is its version's. */
const ARCHITECTURES = new Set(
  "x86 x86_64 x32 arm aarch64 mips mips64 mips64n32 mipsel mipsel64 mipsel64n32 ppc ppc64 ppc64le s390 s390x parisc parisc64 riscv64 loongarch64 m68k sh sheb".split(
    " ",
  ),
);

/**
 * Translates `linux.seccomp` (config-linux.md#seccomp) into the operations that the shim's `seccomp` role compiles.
 *
 * @throws MydockerError for an action, operator or flag that is unknown or not supported
 */
export function planSeccomp(seccomp: OciSeccomp): Plan {
  listenerOf(seccomp);
  const defaultValue = actionValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  return [
    operation("filter", defaultValue, 0),
    ...(seccomp.architectures ?? []).map((name) => operation("architecture", architectureOf(name))),
    // libseccomp refuses a rule that does what is done by default; it would change nothing.
    ...(seccomp.syscalls ?? [])
      .filter((rule) => actionValue(rule.action, rule.errnoRet) !== defaultValue)
      .flatMap(planRules),
  ];
}

/** Flags for seccomp(2) when the filter is set. */
export function seccompFlags(seccomp: OciSeccomp): number {
  let flags = 0;
  for (const name of seccomp.flags ?? []) {
    const flag = FLAGS[name];
    if (flag === undefined)
      throw usageError(`seccomp flag "${name}": expected one of ${Object.keys(FLAGS).join(", ")}`);
    flags |= flag;
  }
  // The kernel refuses TSYNC together with a listener, and the other one without. Neither does anything there: the process has no
  // other threads, and nobody waits.
  if (usesListener(seccomp)) return (flags & ~(FLAGS.SECCOMP_FILTER_FLAG_TSYNC ?? 0)) | NEW_LISTENER;
  return flags & ~(FLAGS.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ?? 0);
}

function usesListener(seccomp: OciSeccomp): boolean {
  return [seccomp.defaultAction, ...(seccomp.syscalls ?? []).map(({ action }) => action)].includes("SCMP_ACT_NOTIFY");
}

/**
 * Where the filter's listener goes, if it has one.
 *
 * @throws MydockerError where it has one and nobody to send it to, or there is metadata for nobody
 */
export function listenerOf(seccomp: OciSeccomp): PlannedSeccomp["listener"] {
  const path = seccomp.listenerPath ?? "";
  const metadata = seccomp.listenerMetadata ?? "";
  if (path === "" && metadata !== "") throw usageError("seccomp listenerMetadata: needs a listenerPath");
  if (path !== "" && !path.startsWith("/"))
    throw usageError(`seccomp listenerPath "${path}": expected an absolute path`);
  if (!usesListener(seccomp)) return undefined;
  if (path === "") throw usageError('seccomp action "SCMP_ACT_NOTIFY": needs a listenerPath');
  return { path, ...(metadata === "" ? {} : { metadata }) };
}

function architectureOf(name: string): string {
  const known = name.replace(/^SCMP_ARCH_/, "").toLowerCase();
  if (ARCHITECTURES.has(known)) return known;
  throw usageError(`seccomp architecture "${name}": expected a name of the specification, SCMP_ARCH_X86_64`);
}

/**
 * libseccomp joins the conditions of one rule by "and", and knows only one condition for each argument. A profile with
 * several for the same argument means "or": one rule each, as runc does it.
 */
function planRules(rule: OciSyscallRule): Operation[] {
  const action = actionValue(rule.action, rule.errnoRet);
  const conditions = (rule.args ?? []).map(({ index, op, value, valueTwo }) => {
    const operator = OPERATORS[op];
    if (operator === undefined) throw usageError(`seccomp operator "${op}": not known`);
    return [index, operator, BigInt(value), BigInt(valueTwo ?? 0)];
  });
  const repeated = new Set(conditions.map(([index]) => index)).size !== conditions.length;
  const alternatives = repeated ? conditions.map((condition) => [condition]) : [conditions];
  return rule.names.flatMap((name) => alternatives.map((chosen) => operation("rule", action, name, ...chosen.flat())));
}

function actionValue(name: string, data: number | undefined): number {
  const value = ACTIONS[name];
  if (value === undefined) throw usageError(`seccomp action "${name}": not supported`);
  // config-linux.md: errnoRet defaults to EPERM, and is an error for an action that returns none.
  if (!WITH_DATA.has(name)) {
    if (data !== undefined) throw usageError(`seccomp action "${name}": takes no errnoRet`);
    return value;
  }
  return value + ((data ?? EPERM) & 0xffff);
}

/** What a profile may name: `features` lists it. */
export const SECCOMP_NAMES = {
  actions: Object.keys(ACTIONS).sort(),
  operators: Object.keys(OPERATORS).sort(),
  flags: Object.keys(FLAGS).sort(),
  architectures: [...ARCHITECTURES].map((name) => `SCMP_ARCH_${name.toUpperCase()}`),
} as const;
