import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type ProgramResult, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { containerLife, type HostPaths, isAlive, runtimeDirectory } from "@mydocker/state";
import { inverses } from "../run/script.ts";
import type { Container } from "./container.ts";
import { endsPause } from "./ends-pause.ts";

const POLL_MILLISECONDS = 10;

/**
 * Sends a signal to the container's init. Whether it still ran is the caller's to judge. A paused container runs on where it is
 * a signal to end by, as with docker.
 */
export async function sendSignal(container: Container, signal: string): Promise<ProgramResult> {
  const { id, isPaused, record } = container;
  const sent = await signalInit(id, signal);
  if (sent.code !== 0 || !isPaused || !endsPause(signal, record.stopSignal)) return sent;
  return runProgram(siblingPath("mydocker-init"), ["resume", id]);
}

function signalInit(id: string, signal: string): Promise<ProgramResult> {
  return runProgram(siblingPath("mydocker-init"), ["kill", id, signal]);
}

/**
 * Waits until nothing of the container runs and its monitor has torn it down.
 *
 * @returns whether that happened before the time was up
 */
export async function waitForEnd(paths: HostPaths, id: string, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (!hasEnded(paths, id)) {
    if (Date.now() >= end) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}

/** Gone from the kernel, and nobody left who is still tearing it down. */
function hasEnded(paths: HostPaths, id: string): boolean {
  if (!existsSync(runtimeDirectory(paths, id))) return true;
  const { status, runtime } = containerLife(paths, id);
  const monitorWorks = runtime?.monitor !== undefined && isAlive(runtime.monitor);
  return status !== "running" && status !== "created" && status !== "building" && !monitorWorks;
}

/** Time for the kernel to end what was killed, and for the teardown's programs. */
const KILL_MILLISECONDS = 10_000;

/** Kills the container if it runs, and waits until it is torn down. */
export async function killAndWait(paths: HostPaths, id: string): Promise<void> {
  if (hasEnded(paths, id)) return;
  await signalInit(id, "SIGKILL");
  await waitForEnd(paths, id, KILL_MILLISECONDS);
}

/**
 * Undoes all that a container has on the host, its record included. Where its monitor did most of that already, the
 * inverses find nothing to do.
 *
 * @throws MydockerError when one of them fails
 */
export async function removeContainer(paths: HostPaths, id: string): Promise<void> {
  const [remove, ...others] = inverses(id);
  const release = others.pop();
  // A container that was torn down has neither processes nor a runtime directory: only its files are left.
  if (remove !== undefined && existsSync(runtimeDirectory(paths, id))) await undo(remove);
  await Promise.all(others.map(undo));
  if (release !== undefined) await undo(release);
}

async function undo([tool = "", ...args]: string[]): Promise<void> {
  const result = await runProgram(siblingPath(tool), args);
  if (result.code !== 0) throw programFailed(`${tool} ${args.join(" ")}`, result);
}

/** Tears down what a container whose monitor was killed has left in the kernel; its record stays. */
export async function finishTeardown(paths: HostPaths, id: string): Promise<void> {
  if (existsSync(runtimeDirectory(paths, id))) await tearDown(id);
}

/** Undoes all but a container's files. What is left where that fails, `gc` finds. */
export async function tearDown(id: string): Promise<void> {
  for (const [tool = "", ...args] of inverses(id).slice(0, -1)) await runProgram(siblingPath(tool), args);
}
