import type { OciHooks } from "@mydocker/oci";
import manifest from "../package.json" with { type: "json" };
import { CAPABILITIES } from "./plan/capabilities.ts";
import { NAMESPACE_FLAG } from "./plan/kernel-flags.ts";
import { mountOptionNames } from "./plan/mount-options.ts";
import { MEMORY_POLICY_NAMES } from "./plan/scheduling.ts";
import { SECCOMP_NAMES } from "./seccomp/rules.ts";
import { SPEC_VERSION } from "./version.ts";

const HOOKS = [
  ...(["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] as const),
] satisfies (keyof OciHooks)[];

/**
 * What this runtime can do (features.md, features-linux.md), of the tables that its plans are made with. It says nothing of
 * the host: the same on every one.
 */
export function features() {
  return {
    ociVersionMin: "1.0.0",
    ociVersionMax: SPEC_VERSION,
    hooks: HOOKS,
    mountOptions: mountOptionNames(),
    annotations: { "io.mydocker.version": manifest.version },
    potentiallyUnsafeConfigAnnotations: ["io.mydocker."],
    linux: {
      namespaces: Object.keys(NAMESPACE_FLAG).sort(),
      capabilities: CAPABILITIES,
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: false, rdma: true },
      seccomp: {
        enabled: true,
        actions: SECCOMP_NAMES.actions,
        operators: SECCOMP_NAMES.operators,
        archs: SECCOMP_NAMES.architectures,
        knownFlags: SECCOMP_NAMES.flags,
        supportedFlags: SECCOMP_NAMES.flags,
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      memoryPolicy: MEMORY_POLICY_NAMES,
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
  };
}
