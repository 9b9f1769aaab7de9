import type { OciRlimit } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";

/** docker's names, less their prefix in the config. */
const NAMES = "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
  " ",
);

/** RLIM_INFINITY. */
const UNLIMITED = 2n ** 64n - 1n;

/** Reads `--ulimit NAME=SOFT[:HARD]`; of several for one name the last holds. */
export function parseUlimits(texts: readonly string[]): OciRlimit[] {
  const limits = new Map(texts.map(parseUlimit).map((limit) => [limit.type, limit]));
  return [...limits.values()];
}

function parseUlimit(text: string): OciRlimit {
  const fail = (why: string): never => {
    throw usageError(`--ulimit ${JSON.stringify(text.slice(0, 80))}: ${why}`, "NAME=SOFT[:HARD], nofile=1024:4096");
  };
  const [, name = "", first, second] = /^([a-z]+)=(-1|\d{1,19})(?::(-1|\d{1,19}))?$/.exec(text) ?? [];
  if (first === undefined) return fail("expected a name, and one or two whole numbers; -1 is unlimited");
  if (!NAMES.includes(name)) return fail(`invalid ulimit type: ${name}: expected one of ${NAMES.join(", ")}`);
  const [soft, hard] = [limitValue(first), limitValue(second ?? first)];
  if (soft > hard) return fail(`ulimit soft limit must be less than or equal to hard limit: ${first} > ${second}`);
  return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
}

function limitValue(text: string): bigint {
  return text === "-1" ? UNLIMITED : BigInt(text);
}

/** What a process of ours may give to a container. */
export interface Grantable {
  /** CAP_SYS_RESOURCE: all of it. */
  mayRaise: boolean;
  /** Hard limits of ours, by their names in the config. */
  hard: Map<string, bigint>;
  oomScore: number;
}

/** @param report gets a line for what is less than what was asked for */
export function grantLimits(wanted: OciRlimit[], own: Grantable, report: (line: string) => void): OciRlimit[] {
  if (own.mayRaise) return wanted;
  return wanted.map((limit) => {
    const most = own.hard.get(limit.type) ?? UNLIMITED;
    if (BigInt(limit.hard) <= most) return limit;
    const name = limit.type.slice("RLIMIT_".length).toLowerCase();
    report(`--ulimit ${name}: the hard limit is ${most}, as it is here: raising it takes CAP_SYS_RESOURCE`);
    return { ...limit, hard: most, soft: BigInt(limit.soft) < most ? limit.soft : most };
  });
}

/** Reads `--oom-score-adj`. */
export function parseOomScore(text: string): number {
  const score = /^-?\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (score >= -1000 && score <= 1000) return score;
  throw usageError(`--oom-score-adj: Invalid value ${JSON.stringify(text)}, range for oom score adj is [-1000, 1000]`);
}

/** @param report gets a line where it is more than what was asked for */
export function grantOomScore(wanted: number, own: Grantable, report: (line: string) => void): number {
  if (own.mayRaise || wanted >= own.oomScore) return wanted;
  report(`--oom-score-adj: it is ${own.oomScore}, as it is here: lowering it takes CAP_SYS_RESOURCE`);
  return own.oomScore;
}

/** CAP_SYS_RESOURCE's bit (capabilities(7)). */
const SYS_RESOURCE = 24n;

/** @param read the text of a file of /proc/self */
export function readGrantable(read: (name: string) => string): Grantable {
  const effective = /^CapEff:\t([0-9a-f]+)$/m.exec(read("status"))?.[1] ?? "0";
  const rows = [...read("limits").matchAll(/^Max (.+?) {2,}\S+ +(\S+)/gm)];
  const hard = rows.flatMap(([, title = "", value = ""]): [string, bigint][] => {
    const name = TITLES[title];
    return name === undefined ? [] : [[`RLIMIT_${name}`, value === "unlimited" ? UNLIMITED : BigInt(value)]];
  });
  return {
    mayRaise: ((BigInt(`0x${effective}`) >> SYS_RESOURCE) & 1n) === 1n,
    hard: new Map(hard),
    oomScore: Number(read("oom_score_adj")),
  };
}

/** As proc_pid_limits(5) calls them. */
const TITLES: Record<string, string> = {
  "cpu time": "CPU",
  "file size": "FSIZE",
  "data size": "DATA",
  "stack size": "STACK",
  "core file size": "CORE",
  "resident set": "RSS",
  processes: "NPROC",
  "open files": "NOFILE",
  "locked memory": "MEMLOCK",
  "file locks": "LOCKS",
  "pending signals": "SIGPENDING",
  "msgqueue size": "MSGQUEUE",
  "nice priority": "NICE",
  "realtime priority": "RTPRIO",
  "realtime timeout": "RTTIME",
};
