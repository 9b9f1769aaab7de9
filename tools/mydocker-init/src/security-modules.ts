import type { OciConfig, OciProcess } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import { readTextIfExists } from "@mydocker/state";
import { isLabel, isProfile } from "./plan/security-labels.ts";

/**
 * A profile or label that nothing enforces is none: it is refused where the host lacks the security module.
 *
 * @throws MydockerError
 */
export function checkSecurityModules(config: Pick<OciConfig, "linux">, process: OciProcess | undefined): void {
  if (isProfile(process?.apparmorProfile) && !hasAppArmor()) {
    throw notEnabled(`process.apparmorProfile "${process.apparmorProfile}"`, "AppArmor", "apparmor");
  }
  const { mountLabel } = config.linux ?? {};
  if (isLabel(process?.selinuxLabel) && !hasSelinux()) {
    throw notEnabled(`process.selinuxLabel "${process.selinuxLabel}"`, "SELinux", "selinux");
  }
  if (isLabel(mountLabel) && !hasSelinux()) throw notEnabled(`linux.mountLabel "${mountLabel}"`, "SELinux", "selinux");
}

function notEnabled(what: string, module: string, parameter: string): MydockerError {
  return new MydockerError(`${what}: ${module} is not enabled on this host`, {
    code: "NO_SECURITY_MODULE",
    hint: `a kernel booted with lsm=…,${parameter}, or a config without it`,
  });
}

function hasAppArmor(): boolean {
  return readTextIfExists("/sys/module/apparmor/parameters/enabled")?.startsWith("Y") === true;
}

/** Mounted by whoever has loaded a policy. */
function hasSelinux(): boolean {
  return readTextIfExists("/sys/fs/selinux/enforce") !== undefined;
}
