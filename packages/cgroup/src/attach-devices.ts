import { programFailed, runProgramNow, shimPath } from "@mydocker/stage";
import type { DeviceProgram } from "./plan.ts";

/**
 * Attaches the eBPF program by which cgroup v2 judges access to devices, in place of the one that is there. bpf(2) is out of
 * TypeScript's reach, so the shim does it. (`run` and `create` have it in their plan instead: no process more.)
 *
 * @throws MydockerError
 */
export function attachDeviceProgram({ directory, program }: DeviceProgram): void {
  const result = runProgramNow(shimPath(), ["device-program", "--cgroup", directory], { input: program });
  if (result.code !== 0) throw programFailed(`limit the devices of ${directory}`, result);
}
