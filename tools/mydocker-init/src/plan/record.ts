import type { RuntimeState } from "@mydocker/state";

/**
 * The text of a container's record in pieces, for the shim to put the numbers between: pid and start time of the
 * container's init, then of the shim itself where it stays as the monitor.
 */
export function planRecord(known: Omit<RuntimeState, "init" | "monitor">, { monitor }: { monitor: boolean }): string[] {
  const head = JSON.stringify(known).slice(0, -1);
  const init = [`${head},"init":{"pid":`, `,"start":`];
  return monitor ? [...init, `},"monitor":{"pid":`, `,"start":`, "}}\n"] : [...init, "}}\n"];
}
