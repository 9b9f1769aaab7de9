import { expect, it } from "vitest";
import { mergeLimitWords } from "./merge-limit-words.ts";

it.each([
  [["--memory=64m", "--cpu-shares=5"], ["--memory=1g"], ["--cpu-shares=5", "--memory=1g"]],
  [["--memory=64m"], ["--memory-swap=-1"], ["--memory=64m", "--memory-swap=-1"]],
  [["--cpus=1", "--pids-limit=5"], ["--cpu-quota=5000"], ["--pids-limit=5", "--cpu-quota=5000"]],
  [["--cpu-quota=1", "--cpu-period=2"], ["--cpus=0.5"], ["--cpus=0.5"]],
  [
    ["--device-read-bps=/dev/a:1m", "--device-read-bps=/dev/by:b:1m", "--device-write-bps=/dev/a:1m"],
    ["--device-read-bps=/dev/by:b:2m"],
    ["--device-read-bps=/dev/a:1m", "--device-write-bps=/dev/a:1m", "--device-read-bps=/dev/by:b:2m"],
  ],
  [["--hugetlb=2MB=1g", "--hugetlb=1GB=1g"], ["--hugetlb=2MB=0"], ["--hugetlb=1GB=1g", "--hugetlb=2MB=0"]],
  [
    ["--cgroup-conf=a.b=x=1"],
    ["--cgroup-conf=a.b=y=2", "--cgroup-conf=a.c=1"],
    ["--cgroup-conf=a.b=y=2", "--cgroup-conf=a.c=1"],
  ],
  [["--oom-kill-disable"], [], ["--oom-kill-disable"]],
])("%j with %j is %j", (kept, changed, expected) => {
  expect(mergeLimitWords(kept, changed)).toEqual(expected);
});
