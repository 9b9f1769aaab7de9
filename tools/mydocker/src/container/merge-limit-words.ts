/** Flags that are given for each device, or size of page, and so on: what stands in front of this says of which. */
const KEYED: Record<string, ":" | "="> = {
  "blkio-weight-device": ":",
  "device-read-bps": ":",
  "device-write-bps": ":",
  "device-read-iops": ":",
  "device-write-iops": ":",
  hugetlb: "=",
  rdma: "=",
  "cgroup-conf": "=",
};

/** Two ways to say the same, which are refused together. */
const INSTEAD: Record<string, string[]> = {
  cpus: ["cpu-quota", "cpu-period"],
  "cpu-quota": ["cpus"],
  "cpu-period": ["cpus"],
};

/**
 * The limits of a container that was made with some, and had others set later, as words of `mydocker-cgroup apply`.
 *
 * @param kept `--name=value` and `--name`
 */
export function mergeLimitWords(kept: string[], changed: string[]): string[] {
  const replaced = new Set(changed.flatMap((word) => [keyOf(word), ...(INSTEAD[nameOf(word)] ?? [])]));
  return [...kept.filter((word) => !replaced.has(keyOf(word))), ...changed];
}

function nameOf(word: string): string {
  return word.replace(/^--/, "").split("=", 1)[0] ?? "";
}

function keyOf(word: string): string {
  const name = nameOf(word);
  const separator = KEYED[name];
  if (separator === undefined) return name;
  const value = word.slice(word.indexOf("=") + 1);
  // A device's path may have colons in it.
  const end = separator === ":" ? value.lastIndexOf(":") : value.indexOf("=");
  return `${name}=${value.slice(0, Math.max(end, 0))}`;
}
