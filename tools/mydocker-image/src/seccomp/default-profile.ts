import type { OciSeccomp, OciSyscallArgument, OciSyscallRule } from "@mydocker/oci";
import { ALWAYS_ALLOWED } from "./always-allowed.ts";

const ALLOW = "SCMP_ACT_ALLOW";
const ERRNO = "SCMP_ACT_ERRNO";
const EPERM = 1;
const ENOSYS = 38;

/** libseccomp's names of what runs on a machine: its own system calls, and those of its older ABIs. */
const ARCHITECTURES: Record<string, string[]> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
  ppc64: ["SCMP_ARCH_PPC64LE"],
  s390x: ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"],
  riscv64: ["SCMP_ARCH_RISCV64"],
  loong64: ["SCMP_ARCH_LOONGARCH64"],
};

/** What only one kind of machine has. */
const BY_ARCHITECTURE: Record<string, string> = {
  x64: "arch_prctl modify_ldt",
  arm64: "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2",
  ppc64: "swapcontext sync_file_range2",
  s390x: "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr",
  riscv64: "riscv_flush_icache",
};

/** What a capability in the bounding set opens besides: without the filter's consent it would be worth nothing. */
const BY_CAPABILITY: Record<string, string> = {
  CAP_DAC_READ_SEARCH: "open_by_handle_at",
  CAP_SYS_ADMIN: `
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
    sethostname setns syslog umount umount2 unshare
  `,
  CAP_SYS_BOOT: "reboot",
  CAP_SYS_CHROOT: "chroot",
  CAP_SYS_MODULE: "delete_module finit_module init_module",
  CAP_SYS_PACCT: "acct",
  CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace",
  CAP_SYS_RAWIO: "ioperm iopl",
  CAP_SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
  CAP_SYS_TTY_CONFIG: "vhangup",
  CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
  CAP_SYSLOG: "syslog",
  CAP_BPF: "bpf",
  CAP_PERFMON: "perf_event_open",
};

/** personality(2): Linux, 32-bit addresses (and as 2.6 tells its name), and "only ask". */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Every CLONE_NEW* flag but CLONE_NEWTIME, which clone(2) does not take. */
const NAMESPACE_FLAGS = 0x7e020000;

/** AF_ALG (38) opens the kernel's crypto to attacks; AF_VSOCK (40) knows no namespaces, so it reaches the host. */
const [AF_ALG, AF_VSOCK] = [38, 40];

/**
 * docker's default filter for a process with these capabilities in its bounding set.
 *
 * @param architecture as Node names it (`process.arch`)
 */
export function defaultSeccomp(capabilities: readonly string[], architecture: string): OciSeccomp {
  const granted = Object.entries(BY_CAPABILITY).flatMap(([capability, names]) =>
    capabilities.includes(capability) ? words(names) : [],
  );
  return {
    defaultAction: ERRNO,
    defaultErrnoRet: EPERM,
    architectures: ARCHITECTURES[architecture] ?? [],
    syscalls: [
      allow([
        ...new Set([
          ...Object.values(ALWAYS_ALLOWED).flatMap(words),
          ...words(BY_ARCHITECTURE[architecture] ?? ""),
          ...granted,
        ]),
      ]),
      allow(["socket"], { index: 0, value: AF_ALG, op: "SCMP_CMP_LT" }),
      allow(["socket"], { index: 0, value: AF_ALG + 1, op: "SCMP_CMP_EQ" }),
      allow(["socket"], { index: 0, value: AF_VSOCK, op: "SCMP_CMP_GT" }),
      ...PERSONALITIES.map((value) => allow(["personality"], { index: 0, value, op: "SCMP_CMP_EQ" })),
      ...(capabilities.includes("CAP_SYS_ADMIN") ? [] : withoutNamespaces(architecture)),
    ],
  };
}

/**
 * Processes and threads, but no namespaces. clone3 has its flags in memory, where a filter cannot look: it "does not
 * exist", and libc falls back to clone.
 */
function withoutNamespaces(architecture: string): OciSyscallRule[] {
  // s390 has clone's first two arguments the other way round.
  const index = architecture === "s390x" ? 1 : 0;
  return [
    allow(["clone"], { index, value: NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    { names: ["clone3"], action: ERRNO, errnoRet: ENOSYS },
  ];
}

function allow(names: string[], argument?: OciSyscallArgument): OciSyscallRule {
  return argument === undefined ? { names, action: ALLOW } : { names, action: ALLOW, args: [argument] };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
