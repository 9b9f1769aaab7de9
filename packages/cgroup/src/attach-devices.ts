import { MydockerError, shimPath } from "@mydocker/stage";
import type { DeviceProgram } from "./plan.ts";

/**
 * Attaches the eBPF program by which cgroup v2 judges access to devices, in place of the one that is there. bpf(2) is out of
 * TypeScript's reach, so the shim does it. (`run` and `create` have it in their plan instead: no process more.)
 *
 * @throws MydockerError
 */
export function attachDeviceProgram({ directory, program }: DeviceProgram): void {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const result = spawnSync(shimPath(), ["device-program", "--cgroup", directory], { input: program, encoding: "utf8" });
  if (result.status === 0) return;
  const why = result.error?.message ?? (result.stderr.trim() || `exit code ${result.status}`);
  throw new MydockerError(`limit the devices of ${directory}: ${why}`, { code: "DEVICE_PROGRAM" });
}
