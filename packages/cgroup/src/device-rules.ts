import type { OciResources } from "@mydocker/oci";

type DeviceRule = NonNullable<OciResources["devices"]>[number];

/**
 * The devices that every container has (config-linux.md#default-devices) and may use whatever the config denies, as runc
 * and crun have it: mknod of anything (using it is another matter), null, zero, full, random, urandom, tty, console,
 * ptmx, and the terminals of devpts.
 */
const ALWAYS_ALLOWED = [
  ...["c *:* m", "b *:* m"],
  ...["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2", "136:*"].map((device) => `c ${device} rwm`),
];

/**
 * `linux.resources.devices` as lines for the v1 controller, in the order listed: a later rule wins over an earlier one.
 *
 * @returns which file each line goes to
 */
export function deviceLines(rules: DeviceRule[]): { file: "devices.allow" | "devices.deny"; line: string }[] {
  const lines = rules.map((rule) => ({ file: fileOf(rule), line: lineOf(rule) }));
  const lastDenial = lines.findLastIndex(({ file }) => file === "devices.deny");
  if (lastDenial === -1) return lines;
  const allowed = new Set(lines.slice(lastDenial + 1).map(({ line }) => line));
  const missing = ALWAYS_ALLOWED.filter((line) => !allowed.has(line));
  return [...lines, ...missing.map((line) => ({ file: "devices.allow" as const, line }))];
}

function fileOf(rule: DeviceRule): "devices.allow" | "devices.deny" {
  return rule.allow ? "devices.allow" : "devices.deny";
}

/** cgroup-v1/devices.rst: type, major:minor, access. A number left out or negative stands for all. */
function lineOf(rule: DeviceRule): string {
  const number = (value: number | null | undefined): string =>
    typeof value === "number" && value >= 0 ? `${value}` : "*";
  return `${rule.type ?? "a"} ${number(rule.major)}:${number(rule.minor)} ${rule.access ?? "rwm"}`;
}
