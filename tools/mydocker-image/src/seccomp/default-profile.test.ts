import type { OciSeccomp } from "@mydocker/oci";
import { describe, expect, it } from "vitest";
import { DEFAULT_CAPABILITIES } from "../bundle/capabilities.ts";
import { defaultSeccomp } from "./default-profile.ts";

/** Names allowed whatever their arguments. */
function allowed(profile: OciSeccomp): string[] {
  return (profile.syscalls ?? []).flatMap((rule) =>
    rule.action === "SCMP_ACT_ALLOW" && rule.args === undefined ? rule.names : [],
  );
}

const usual = defaultSeccomp(DEFAULT_CAPABILITIES, "x64");

describe("defaultSeccomp", () => {
  it("refuses what is not listed with EPERM", () => {
    expect(usual).toMatchObject({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1 });
  });

  it("allows docker's 364, chroot for CAP_SYS_CHROOT, and two of x86, each once", () => {
    expect(allowed(usual)).toHaveLength(364 + 1 + 2);
    expect(new Set(allowed(usual)).size).toBe(367);
  });

  it.each([
    "read",
    "execve",
    "futex",
    "mknod",
    "_llseek",
    "ptrace",
    "statx",
    "chroot",
    "arch_prctl",
    "landlock_restrict_self",
  ])("allows %s", (name) => {
    expect(allowed(usual)).toContain(name);
  });

  it.each([
    ...["mount", "umount2", "unshare", "setns", "bpf", "keyctl", "add_key", "request_key", "kexec_load", "init_module"],
    ...["io_uring_setup", "userfaultfd", "open_by_handle_at", "reboot", "swapon", "move_mount", "open_tree", "fsopen"],
    ...["perf_event_open", "settimeofday", "iopl", "clone", "clone3", "socket", "personality", "nfsservctl"],
  ])("does not allow %s as such", (name) => {
    expect(allowed(usual)).not.toContain(name);
  });

  it("lets clone make no namespace, and hides clone3", () => {
    const rules = usual.syscalls ?? [];
    expect(rules).toContainEqual({
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    });
    expect(rules).toContainEqual({ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 });
  });

  it("opens with CAP_SYS_ADMIN what it is for, and with no other's", () => {
    const admin = defaultSeccomp(["CAP_SYS_ADMIN"], "x64");
    for (const name of ["mount", "clone", "clone3", "setns", "bpf"]) expect(allowed(admin)).toContain(name);
    for (const name of ["chroot", "iopl", "reboot"]) expect(allowed(admin)).not.toContain(name);
    expect(admin.syscalls?.filter(({ action }) => action === "SCMP_ACT_ERRNO")).toEqual([]);
  });

  it("lists a system call once that two capabilities open", () => {
    const names = allowed(defaultSeccomp(["CAP_SYS_ADMIN", "CAP_BPF", "CAP_SYSLOG", "CAP_PERFMON"], "x64"));
    expect(names.filter((name) => name === "bpf")).toHaveLength(1);
  });

  it("knows other machines", () => {
    const arm = defaultSeccomp([], "arm64");
    expect(arm.architectures).toEqual(["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
    expect(allowed(arm)).toContain("cacheflush");
    expect(allowed(arm)).not.toContain("arch_prctl");
    const s390 = defaultSeccomp([], "s390x").syscalls?.find(({ names }) => names[0] === "clone");
    expect(s390?.args?.[0]?.index).toBe(1);
  });
});
