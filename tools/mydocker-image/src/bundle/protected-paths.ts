import { existsSync, readFileSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";

/** What a container may not see: docker's list, as of engine 28. */
const MASKED_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  // Interrupt counts and thermal throttling tell what the host's other users do (GHSA-6fw5-f8r9-fgfm).
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  // Power readings give secrets away (GHSA-jq35-85cj-fj4p).
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/** What it may see, but not write. */
export const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const CPUS = "/sys/devices/system/cpu";

/** The paths to mask on this host: some machines have more to hide. */
export function maskedPaths(): string[] {
  const throttle = (cpu: number): string => `${CPUS}/cpu${cpu}/thermal_throttle`;
  if (!existsSync(throttle(0))) return MASKED_PATHS;
  const possible = unlessErrno(["ENOENT"], () => readFileSync(`${CPUS}/possible`, "utf8")) ?? "0";
  const found = parseCpuList(possible)
    .map(throttle)
    .filter((path) => existsSync(path));
  return [...MASKED_PATHS, ...found];
}

/** Reads the kernel's `0-3,8`. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
