import { describe, expect, it } from "vitest";
import { operation } from "./operations.ts";
import { labelMounts, planLabels } from "./security-labels.ts";

describe("labels", () => {
  it("of the process become operations; unconfined and empty ones none", () => {
    expect(planLabels({ apparmorProfile: "docker-default", selinuxLabel: "system_u:system_r:x_t:s0:c1,c2" })).toEqual([
      operation("apparmor", "docker-default"),
      operation("selinux", "system_u:system_r:x_t:s0:c1,c2"),
    ]);
    expect(planLabels({ apparmorProfile: "unconfined", selinuxLabel: "" })).toEqual([]);
    expect(planLabels({})).toEqual([]);
  });

  it("of the mounts become an option of those that take one", () => {
    const mounts = [
      operation("mount", "tmpfs", "tmpfs", "/dev", 2, "mode=755"),
      operation("mount", "devpts", "devpts", "/dev/pts", 2),
      ...["proc", "sysfs", "mqueue", "cgroup2"].map((type) => operation("mount", type, type, "/x", 2)),
      operation("bind", "/a", "/b", 0, 0, 0, 0),
    ];
    const label = "system_u:object_r:x_t:s0:c1,c2";
    expect(labelMounts(mounts, label)).toEqual([
      operation("mount", "tmpfs", "tmpfs", "/dev", 2, "mode=755", `context=${label}`),
      operation("mount", "devpts", "devpts", "/dev/pts", 2, `context=${label}`),
      ...mounts.slice(2),
    ]);
    for (const none of [undefined, null, ""]) expect(labelMounts(mounts, none)).toBe(mounts);
  });
});
