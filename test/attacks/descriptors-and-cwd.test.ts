import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { expect, test } from "vitest";
import { type Operation, operation, type Plan } from "../../tools/mydocker-init/src/plan/operations.ts";
import { attack, theSandbox } from "./support/attack.ts";
import { startContainer } from "./support/container.ts";
import { planOf, runPlan } from "./support/plan.ts";
import { makeRuntime, type Runtime } from "./support/runtime.ts";

// CVE-2024-21626: a directory of the host that is left open, from which the container's working directory or its command is looked
// up. mydocker-init itself, being Bun, hands on no descriptor that its caller forgot; so here the caller calls the shim.

const NUMBERS = Array.from({ length: 28 }, (_, index) => index + 3);
const NAMESPACES = 0x20000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x2000_0000 | 0x4000_0000;

/** The caller leaks the canary's directory twice, with a command in it. */
function leak({ canary }: Runtime): string {
  copyFileSync("/bin/busybox", join(canary, "busybox"));
  return `7<${canary} 23<${canary}`;
}

/** Ways to the host by a descriptor: what replaces the plan's working directory, and what is executed. */
function waysIn(number: number): [directory: string, ...command: string[]][] {
  const open = `/proc/self/fd/${number}`;
  const leaked: [string, ...string[]][] = [
    [`${open}/../canary`, "cat", "secret"],
    ["/", `${open}/busybox`, "echo", "came in"],
    ["/", "cat", `${open}/secret`],
  ];
  return [[open, "cat", "secret"], ...(number === 7 ? leaked : [])];
}

function rewrite(plan: Plan, [directory, ...command]: [string, ...string[]]): Plan {
  const by: Operation[] = [
    operation("directory", directory),
    operation("find-command", command[0] ?? "", "/bin"),
    operation("execute", ...command),
  ];
  return plan.map((entry) => by.find(({ name }) => name === entry.name) ?? entry);
}

/** Tries every number that a descriptor could have, until one has shown the canary's secret. */
function tryAll(runtime: Runtime, role: "run" | "enter", plan: Plan): string[] {
  const redirections = leak(runtime);
  const secret = readFileSync(join(runtime.canary, "secret"), "utf8");
  const found = NUMBERS.flatMap(waysIn).find((way) =>
    [secret, "came in\n"].includes(runPlan(runtime, role, rewrite(plan, way), redirections)),
  );
  return found ?? [];
}

attack(
  "run: no directory of the host is reached by what the caller has open (CVE-2024-21626)",
  "directory,descriptors",
  async (runtime) => tryAll(runtime, "run", await planOf(runtime, runtime.bundle(["true"]))),
);

attack(
  "exec: no directory of the host is reached by what the caller has open (CVE-2024-21626)",
  "directory,descriptors",
  async (runtime) => {
    const container = await startContainer(makeRuntime(theSandbox()), ["sleep", "1000"]);
    const plan = [
      operation("join-process", container.init.pid, container.init.start, NAMESPACES),
      operation("clone", 0),
      operation("directory", "/"),
      operation("environment", "PATH=/bin"),
      operation("find-command", "true", "/bin"),
      operation("execute", "true"),
    ];
    const found = tryAll(runtime, "enter", plan);
    await container.stop();
    return found;
  },
);

attack(
  "a working directory that is stdin, a directory of the host, is refused (CVE-2024-21626)",
  "directory",
  async (runtime) => {
    const plan = await planOf(runtime, runtime.bundle(["true"]));
    const output = runPlan(runtime, "run", rewrite(plan, ["/proc/self/fd/0", "cat", "secret"]), `0<${runtime.canary}`);
    return output === "" ? [] : [output];
  },
);

attack(
  "process.cwd and exec --workdir of any descriptor are refused, or lead nowhere outside (CVE-2024-21626)",
  "leak,directory,in-root",
  async (runtime) => {
    const container = await startContainer(runtime, ["sleep", "1000"]);
    try {
      for (const number of NUMBERS) {
        const cwd = `/proc/self/fd/${number}`;
        const config = (config: OciConfig): void => {
          if (config.process !== undefined) config.process.cwd = cwd;
        };
        const ran = await runtime.run(["ls", ".."], { config });
        const executed = await container.exec("--workdir", cwd, container.id, "ls", "..");
        const outside = [ran, executed].find(({ code, stdout }) => code === 0 && stdout.split("\n").includes("var"));
        if (outside !== undefined) return [cwd];
      }
      return [];
    } finally {
      await container.stop();
    }
  },
);

test("a seccomp filter that forbids getcwd and close_range does not get in the way of these checks", async () => {
  const runtime = makeRuntime(theSandbox());
  const { code, stdout, stderr } = await runtime.run(["echo", "ran"], {
    config: (config) => {
      const syscalls = [{ names: ["getcwd", "close_range"], action: "SCMP_ACT_ERRNO" as const, errnoRet: 1 }];
      config.linux = { ...config.linux, seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls } };
    },
  });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
});
