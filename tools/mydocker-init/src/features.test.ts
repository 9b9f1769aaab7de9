import { describe, expect, it } from "vitest";
import { features } from "./features.ts";
import { parseMountOptions } from "./plan/mount-options.ts";
import { planMemoryPolicy } from "./plan/scheduling.ts";
import { planSeccomp } from "./seccomp/rules.ts";

const { mountOptions, hooks, linux } = features();

/** config.md, "Linux mount options": those that a runtime MUST and SHOULD know, and those that it MAY. */
const SPECIFIED = `async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec
  noiversion nolazytime norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared rslave runbindable rw
  shared silent slave strictatime suid sync unbindable
  ratime rdev rdiratime rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow rrelatime rro
  rrw rstrictatime rsuid rsymfollow nosymfollow symfollow idmap ridmap
  mand nomand tmpcopyup`;

describe("features", () => {
  it("lists every mount option of the specification", () => {
    expect(mountOptions).toEqual(expect.arrayContaining(SPECIFIED.split(/\s+/)));
    expect(new Set(mountOptions).size).toBe(mountOptions.length);
  });

  it.each(mountOptions)("does not leave the mount option %s to the file system", (option) => {
    expect(parseMountOptions([option]).data).toEqual([]);
  });

  it.each(linux.seccomp.actions)("names %s, which a profile can have", (action) => {
    const syscalls = [{ names: ["getpid"], action }];
    const other = action === "SCMP_ACT_ALLOW" ? "SCMP_ACT_KILL" : "SCMP_ACT_ALLOW";
    expect(planSeccomp({ defaultAction: other, listenerPath: "/agent", syscalls })).toHaveLength(2);
  });

  it.each(linux.memoryPolicy.modes)("names %s, which a memory policy can have, with every flag", (mode) => {
    expect(planMemoryPolicy({ mode, flags: linux.memoryPolicy.flags })).toHaveLength(1);
  });

  it("lists six kinds of hooks, eight namespaces, forty-one capabilities", () => {
    expect([hooks.length, linux.namespaces.length, linux.capabilities.length]).toEqual([6, 8, 41]);
  });
});
