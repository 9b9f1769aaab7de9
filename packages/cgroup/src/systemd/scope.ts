import { existsSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { OciResources } from "@mydocker/oci";
import { MydockerError, runProgramNow, shimPath, systemError, unlessErrno } from "@mydocker/stage";
import { identifyProcess, type ProcessIdentity } from "@mydocker/state";
import { pause } from "@mydocker/system/pause";
import { startProgram } from "@mydocker/system/program";
import { sharesToWeight, swapToV2 } from "../convert.ts";

/** How long systemd may take to make or take away a scope. */
const PATIENCE_MS = 20_000;

/** systemd's "infinity" for numbers without a sign. */
const INFINITY = "18446744073709551615";

/** A transient unit of systemd's that groups processes which others have started (systemd.scope(5)). */
export interface Scope {
  /** `mydocker-ID.scope`. */
  unit: string;
  /** `system.slice`; "-.slice" is the top. */
  slice: string;
}

/**
 * The scope that a path of `systemdCgroupsPath` names, on a host that systemd runs; undefined where there is no systemd to be
 * asked, and for a slice. On cgroup v1 systemd counts processes in a hierarchy of its own, which containers do not join.
 *
 * @param directory where the cgroup is in the v2 hierarchy, undefined without one
 */
export function scopeOf(path: string, directory: string | undefined): Scope | undefined {
  const unit = basename(path);
  if (directory === undefined || !unit.endsWith(".scope") || !existsSync("/run/systemd/system")) return undefined;
  const slice = basename(dirname(path));
  return { unit, slice: slice === "" ? "-.slice" : slice };
}

/**
 * Has systemd make the scope, with a process in it that holds it until the container's has joined: a scope without
 * processes ends. The shim ends that process (`scope-holder`), or it ends with this one.
 *
 * @throws MydockerError with systemd's own reason
 */
export async function startScope(scope: Scope, resources: OciResources): Promise<ProcessIdentity> {
  const { pid } = await startProgram({ file: shimPath(), args: ["hold-scope", String(process.pid)], kept: 0 });
  const holder = identifyProcess(pid);
  if (holder === undefined) throw systemError(`start ${shimPath()}`, "it has ended at once");
  try {
    callManager("StartTransientUnit", startArguments(scope, holder.pid, resources));
    const there = () => {
      const text = unlessErrno(["ENOENT", "ESRCH"], () => readFileSync(`/proc/${holder.pid}/cgroup`, "utf8")) ?? "";
      return text.trimEnd().endsWith(`/${scope.unit}`);
    };
    waitUntil(there, `systemd has not made ${scope.unit}`);
  } catch (error) {
    unlessErrno(["ESRCH"], () => process.kill(holder.pid, "SIGKILL"));
    throw error;
  }
  return holder;
}

/** Ends what is left in a scope and has systemd take it away. One that is gone already is success. */
export function stopScope(unit: string, directory: string): void {
  try {
    callManager("StopUnit", stopArguments(unit));
  } catch (error) {
    if (!(error instanceof MydockerError) || !/not loaded|not found/i.test(error.message)) throw error;
  }
  waitUntil(() => !existsSync(directory), `systemd has not taken ${unit} away`);
}

/** The same as a command for the shim. */
export function stopScopeCommand(unit: string): string[] {
  const busctl = ["/usr/bin/busctl", "/bin/busctl"].find((path) => existsSync(path)) ?? "/usr/bin/busctl";
  return [busctl, ...managerArguments("StopUnit", stopArguments(unit))];
}

/** Tells systemd of changed limits, which a daemon-reload would otherwise take back. */
export function updateScope(unit: string, resources: OciResources): void {
  const properties = limitProperties(resources);
  callManager("SetUnitProperties", ["sba(sv)", unit, "true", String(properties.length), ...properties.flat()]);
}

/** busctl's form of the method's arguments (busctl(1), "Parameter Formatting"): a signature, then values, lists with their length. */
export function startArguments({ unit, slice }: Scope, pid: number, resources: OciResources): string[] {
  const properties = [
    ["Description", "s", `mydocker container ${unit}`],
    ["Slice", "s", slice],
    ["PIDs", "au", "1", String(pid)],
    // What is below the scope is ours; systemd keeps away from it.
    ["Delegate", "b", "true"],
    ["DefaultDependencies", "b", "false"],
    ["CollectMode", "s", "inactive-or-failed"],
    ...limitProperties(resources),
  ];
  return ["ssa(sv)a(sa(sv))", unit, "fail", String(properties.length), ...properties.flat(), "0"];
}

/**
 * The limits that systemd has properties for (systemd.resource-control(5)). They are written to the cgroup, too; systemd has
 * to know of them because it writes its own view again whenever it is reloaded.
 */
export function limitProperties({ memory, cpu, pids }: OciResources): string[][] {
  const number = (value: number) => (value < 0 ? INFINITY : BigInt(value).toString());
  const swap = memory?.swap ? swapToV2(memory.swap, memory.limit) : undefined;
  const period = cpu?.period || 100_000;
  return [
    ...(memory?.limit ? [["MemoryMax", "t", number(memory.limit)]] : []),
    ...(swap === undefined ? [] : [["MemorySwapMax", "t", swap === "max" ? INFINITY : swap]]),
    ...(memory?.reservation ? [["MemoryLow", "t", number(memory.reservation)]] : []),
    ...(cpu?.shares ? [["CPUWeight", "t", String(sharesToWeight(cpu.shares))]] : []),
    ...(cpu?.quota
      ? [
          ["CPUQuotaPeriodUSec", "t", String(period)],
          ["CPUQuotaPerSecUSec", "t", cpu.quota < 0 ? INFINITY : String(Math.floor((cpu.quota * 1_000_000) / period))],
        ]
      : []),
    // Without a limit systemd would set its default, and it knows no limit of 0.
    ["TasksMax", "t", number(pids?.limit === 0 ? 1 : (pids?.limit ?? -1))],
  ];
}

function stopArguments(unit: string): string[] {
  return ["ss", unit, "replace"];
}

function managerArguments(method: string, args: string[]): string[] {
  const manager = ["org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"];
  return ["--quiet", "call", ...manager, method, ...args];
}

function callManager(method: string, args: string[]): void {
  const result = runProgramNow("busctl", managerArguments(method, args), { timeoutMs: PATIENCE_MS });
  if (result.code === 0) return;
  const why = result.stderr.trim() || `exit code ${result.code}`;
  throw new MydockerError(`ask systemd to ${method} ${args[1]}: ${why}`, {
    code: "SYSTEMD",
    hint: "without --systemd-cgroup, or a host with D-Bus",
  });
}

function waitUntil(condition: () => boolean, otherwise: string): void {
  const deadline = Date.now() + PATIENCE_MS;
  for (let wait = 1; !condition(); wait = Math.min(wait * 2, 50)) {
    if (Date.now() > deadline) throw new MydockerError(`${otherwise} in ${PATIENCE_MS / 1000} s`, { code: "SYSTEMD" });
    pause(wait);
  }
}
