import type { OciDeviceRule } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";

/** `linux.resources.devices` in its plainest form: what holds for all, and exceptions of which a later one wins. */
export interface DevicePolicy {
  allowByDefault: boolean;
  exceptions: DeviceException[];
}

export interface DeviceException {
  allow: boolean;
  type: "b" | "c";
  /** undefined: all. */
  major: number | undefined;
  minor: number | undefined;
  /** Letters of `rwm`. */
  access: string;
}

/**
 * The devices that every container has (config-linux.md#default-devices) and may use whatever the config denies, as runc
 * and crun have it: mknod of anything (using it is another matter), null, zero, full, random, urandom, tty, console,
 * ptmx, and the terminals of devpts.
 */
const ALWAYS_ALLOWED: DeviceException[] = [
  ...(["c", "b"] as const).map((type) => ({ allow: true, type, major: undefined, minor: undefined, access: "m" })),
  ...["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2", "136:*"].map((device) => {
    const [major, minor] = device.split(":");
    const number = minor === "*" ? undefined : Number(minor);
    return { allow: true, type: "c" as const, major: Number(major), minor: number, access: "rwm" };
  }),
];

/**
 * What the rules come to. The list says what is allowed, so where no rule speaks of all devices the rest is denied, as with
 * runc ("defaults to a white-list") and crun. A rule for all of them makes those before it void.
 *
 * @returns undefined for no rules: nothing is limited
 */
export function devicePolicy(rules: OciDeviceRule[]): DevicePolicy | undefined {
  if (rules.length === 0) return undefined;
  const blanket = rules.findLastIndex(isBlanket);
  return {
    allowByDefault: rules[blanket]?.allow ?? false,
    exceptions: [...rules.slice(blanket + 1).flatMap(exceptionsOf), ...ALWAYS_ALLOWED],
  };
}

/**
 * The rules as lines for the v1 controller (cgroup-v1/devices.rst). It knows what holds for all, and a set of exceptions from
 * that: within an exception there cannot be another one.
 *
 * @returns which file each line goes to
 * @throws MydockerError for rules that v1 cannot express
 */
export function deviceLines(rules: OciDeviceRule[]): { file: "devices.allow" | "devices.deny"; line: string }[] {
  const policy = devicePolicy(rules);
  if (policy === undefined) return [];
  const { allowByDefault } = policy;
  const set: DeviceException[] = [];
  for (const exception of policy.exceptions) {
    if (exception.allow !== allowByDefault) add(set, exception);
    else takeAway(set, exception);
  }
  const left = set.filter(({ access }) => access !== "");
  return [
    { file: fileOf(allowByDefault), line: "a *:* rwm" },
    ...left.map((exception) => ({ file: fileOf(exception.allow), line: lineOf(exception) })),
  ];
}

/** Without a type, or with type "a", a rule is for both types. */
function exceptionsOf({ allow, type, major, minor, access }: OciDeviceRule): DeviceException[] {
  const number = (value: number | null | undefined) => (typeof value === "number" && value >= 0 ? value : undefined);
  const types = type === "b" || type === "c" ? [type] : (["b", "c"] as const);
  return types.map((one) => ({
    allow,
    type: one,
    major: number(major),
    minor: number(minor),
    access: [..."rwm"].filter((letter) => (access ?? "rwm").includes(letter)).join(""),
  }));
}

function isBlanket(rule: OciDeviceRule): boolean {
  const exceptions = exceptionsOf(rule);
  return (
    exceptions.length === 2 &&
    exceptions.every(({ major, minor, access }) => major === undefined && minor === undefined && access === "rwm")
  );
}

function add(set: DeviceException[], exception: DeviceException): void {
  const known = set.find((other) => covers(other, exception) && covers(exception, other));
  if (known === undefined) set.push({ ...exception });
  else known.access = [..."rwm"].filter((letter) => (known.access + exception.access).includes(letter)).join("");
}

/** The rule for what is so by default takes back what an exception said of the same devices, or of some of them. */
function takeAway(set: DeviceException[], rule: DeviceException): void {
  for (const exception of set) {
    if (!overlaps(exception, rule) || ![...rule.access].some((letter) => exception.access.includes(letter))) continue;
    if (!covers(rule, exception)) {
      throw usageError(
        `linux.resources.devices: cgroup v1 cannot ${rule.allow ? "allow" : "deny"} "${lineOf(rule)}" within "${lineOf(exception)}"`,
        "rules that do not overlap, or a host with cgroup v2",
      );
    }
    exception.access = [...exception.access].filter((letter) => !rule.access.includes(letter)).join("");
  }
}

function covers(wide: DeviceException, narrow: DeviceException): boolean {
  const within = (outer: number | undefined, inner: number | undefined) => outer === undefined || outer === inner;
  return wide.type === narrow.type && within(wide.major, narrow.major) && within(wide.minor, narrow.minor);
}

function overlaps(one: DeviceException, other: DeviceException): boolean {
  const meet = (a: number | undefined, b: number | undefined) => a === undefined || b === undefined || a === b;
  return one.type === other.type && meet(one.major, other.major) && meet(one.minor, other.minor);
}

function fileOf(allow: boolean): "devices.allow" | "devices.deny" {
  return allow ? "devices.allow" : "devices.deny";
}

/** cgroup-v1/devices.rst: type, major:minor, access. */
function lineOf({ type, major, minor, access }: DeviceException): string {
  return `${type} ${major ?? "*"}:${minor ?? "*"} ${access}`;
}
