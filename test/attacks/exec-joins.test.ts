import { statSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { operation, type Plan } from "../../tools/mydocker-init/src/plan/operations.ts";
import { attack } from "./support/attack.ts";
import { startAttacker } from "./support/attacker.ts";
import { type Container, untilSaid } from "./support/container.ts";
import { planOf, ROUNDS, race } from "./support/plan.ts";
import type { Runtime } from "./support/runtime.ts";

// A container's processes stop every process that comes in, as it comes in, and look for a way out of the container by it: by what it
// has open, by its root, by the file that it executes.

const NAMESPACES = 0x20000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x2000_0000 | 0x4000_0000;

/** A container that may trace whatever is in its pid namespace, as far as the kernel lets it. */
function withCapabilities(names: string[]): (config: OciConfig) => void {
  return (config) => {
    for (const set of Object.values(config.process?.capabilities ?? {})) set.push(...names);
  };
}

/** Runs containers' processes beside an attacker that looks into them; returns what the attacker has found. */
async function lookInto(
  runtime: Runtime,
  config: (config: OciConfig) => void,
  action: (attacker: Container) => Promise<unknown>,
): Promise<string[]> {
  const shim = statSync(runtime.shim);
  const attacker = await startAttacker(
    runtime,
    ["look", join(runtime.canary, "secret"), String(shim.dev), String(shim.ino)],
    config,
  );
  try {
    await untilSaid(attacker, "looking");
    await action(attacker);
    const found = attacker.outputLines().filter((line) => line !== "looking");
    return statSync(runtime.shim).mtimeMs === shim.mtimeMs ? found : [...found, "the host's executable has changed"];
  } finally {
    await attacker.stop();
  }
}

/** What `mydocker-init exec` has the shim do, with the capabilities of the container in place of the shim's. */
function planEntering({ init }: Container, command: string[], capabilities: bigint): Plan {
  return [
    operation("join-process", init.pid, init.start, NAMESPACES),
    operation("clone", 0),
    operation("session"),
    operation("bounding", capabilities),
    operation("user", 0, 0),
    operation("directory", "/"),
    operation("environment", "PATH=/bin"),
    operation("find-command", command[0] ?? "", "/bin"),
    operation("capabilities", capabilities, capabilities, 0, 0),
    operation("execute", ...command),
  ];
}
