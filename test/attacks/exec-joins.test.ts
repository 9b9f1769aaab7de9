import { statSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { operation, type Plan } from "../../tools/mydocker-init/src/plan/operations.ts";
import { attack } from "./support/attack.ts";
import { startAttacker } from "./support/attacker.ts";
import { type Container, untilSaid } from "./support/container.ts";
import { planOf, race } from "./support/plan.ts";
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

/**
 * Runs containers' processes beside an attacker that looks into them; returns what the attacker has found.
 *
 * @param mayBeSeen that the sealed copy is what is executed is no finding: the attacker has a capability for that, or executes it itself
 */
async function lookInto(
  runtime: Runtime,
  { capabilities = [], mayBeSeen }: { capabilities?: string[]; mayBeSeen: boolean },
  action: (attacker: Container, until: string) => Promise<unknown>,
): Promise<string[]> {
  const shim = statSync(runtime.shim);
  const attacker = await startAttacker(
    runtime,
    ["look", join(runtime.canary, "secret"), String(shim.dev), String(shim.ino)],
    withCapabilities(capabilities),
  );
  const harmless = mayBeSeen ? /^(looking|the shim could be looked into: .memfd:.*)$/ : /^looking$/;
  try {
    await untilSaid(attacker, "looking");
    await action(attacker, `grep -qEv '${harmless.source}' ${attacker.log}`);
    const found = attacker.outputLines().filter((line) => !harmless.test(line));
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

/** The bundles' own: CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_NET_BIND_SERVICE. */
const SAME = 0x4e3n;
const ALL = 0x1ff_ffff_ffffn;

attack(
  "exec: whoever may trace it finds nothing of the host in a process that comes in (CVE-2016-9962, CVE-2019-5736)",
  ["sealed", "leak"],
  (runtime) =>
    lookInto(runtime, { capabilities: ["CAP_SYS_PTRACE"], mayBeSeen: true }, async (attacker, until) => {
      return race(runtime, "enter", planEntering(attacker, ["true"], ALL), until);
    }),
);

attack(
  "exec: a process that comes in cannot be looked into, not even once it has the container's capabilities (CVE-2016-9962)",
  "dumpable,slow",
  (runtime) =>
    lookInto(runtime, { mayBeSeen: false }, (attacker, until) =>
      race(runtime, "enter", planEntering(attacker, ["true"], SAME), until),
    ),
);

attack(
  "exec: a command that is #!/proc/self/exe does not get the host's executable (CVE-2019-5736)",
  "sealed",
  (runtime) =>
    lookInto(runtime, { mayBeSeen: true }, async (attacker, until) => {
      // No race: what is to be reached is there for as long as it runs.
      await race(runtime, "enter", planEntering(attacker, ["self"], SAME), until, { expectedCode: 125, rounds: 100 });
      for (let round = 0; round < 10; round += 1) await attacker.exec(attacker.id, "/bin/self");
    }),
);

attack(
  "run: a container in another one's pid namespace cannot be looked into while it is made (CVE-2016-9962)",
  "dumpable,slow",
  (runtime) =>
    lookInto(runtime, { mayBeSeen: false }, async (attacker, until) => {
      const bundle = runtime.bundle(["true"], {
        config: (config) => {
          const path = `/proc/${attacker.init.pid}/ns/pid`;
          config.linux = { ...config.linux, namespaces: [{ type: "mount" }, { type: "uts" }, { type: "pid", path }] };
        },
      });
      await race(runtime, "run", await planOf(runtime, bundle), until);
    }),
);
