import { describe, expect, it } from "vitest";
import { type CgroupView, planMounts } from "./mounts.ts";

const V1: CgroupView = { version: 1, hierarchies: [{ directory: "cpu,cpuacct", options: ["cpu", "cpuacct"] }] };
const V2: CgroupView = { version: 2, hierarchies: [] };

describe("planMounts", () => {
  it("resolves a relative bind source against the bundle", () => {
    const [bind] = planMounts([{ destination: "/data", source: "files", options: ["rbind", "ro"] }], "/bundle", V2);
    expect(bind).toEqual({ name: "bind", args: ["/bundle/files", "/data", 1, 1, 0, 0] });
  });

  it("keeps a destination that climbs below the root", () => {
    const [mount] = planMounts([{ destination: "/../../etc", type: "tmpfs" }], "/bundle", V2);
    expect(mount).toEqual({ name: "mount", args: ["tmpfs", "tmpfs", "/etc", 0] });
  });

  it("mounts cgroup v2 as one file system", () => {
    const mounts = [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"] }];
    expect(planMounts(mounts, "/b", V2)).toEqual([{ name: "mount", args: ["cgroup2", "cgroup", "/sys/fs/cgroup", 3] }]);
  });

  it("mounts every cgroup v1 hierarchy, and makes the tmpfs around them read-only last", () => {
    const mounts = [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"] }];
    expect(planMounts(mounts, "/b", V1)).toEqual([
      { name: "mount", args: ["tmpfs", "tmpfs", "/sys/fs/cgroup", 2, "mode=755"] },
      { name: "mount", args: ["cgroup", "cgroup", "/sys/fs/cgroup/cpu,cpuacct", 3, "cpu", "cpuacct"] },
      { name: "read-only", args: ["/sys/fs/cgroup"] },
    ]);
  });

  it.each([
    [{ destination: "/x", options: ["bind"] }, "a source is needed"],
    [{ destination: "/x" }, "a type is needed"],
    [{ destination: "/x", type: "tmpfs", options: ["remount"] }, "remount"],
  ])("refuses %j", (mount, message) => {
    expect(() => planMounts([mount], "/b", V2)).toThrow(message);
  });
});
