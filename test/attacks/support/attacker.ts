import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OciConfig } from "@mydocker/oci";
import { expect } from "vitest";
import { type Container, startContainer } from "./container.ts";
import type { Runtime } from "./runtime.ts";

/** Builds attacker.c, for an image that has no libraries; once for all attacks of a file. */
function buildAttacker(runtime: Runtime): string {
  const executable = join(runtime.directory, "../attacker");
  const source = fileURLToPath(new URL("attacker.c", import.meta.url));
  const flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-static"];
  if (!existsSync(executable)) execFileSync("cc", [...flags, "-o", executable, source]);
  return executable;
}

/** A container of the attacker's, running one role of attacker.c. */
export function startAttacker(
  runtime: Runtime,
  args: string[],
  config: (config: OciConfig) => void,
): Promise<Container> {
  const executable = buildAttacker(runtime);
  const image = (rootfs: string): void => {
    copyFileSync(executable, join(rootfs, "bin/attacker"));
    writeFileSync(join(rootfs, "bin/self"), "#!/proc/self/exe\n", { mode: 0o755 });
  };
  return startContainer(runtime, ["attacker", ...args], { config, image });
}

/** Lets two containers share a volume, in which one exchanges two names while the other is made, over and over. */
export async function whileFlipping<Result>(
  runtime: Runtime,
  names: [string, string],
  volume: string,
  action: () => Promise<Result>,
): Promise<Result> {
  const flipper = await startAttacker(
    runtime,
    ["flip", ...names.map((name) => `/volume/${name}`)] as string[],
    (config) => {
      config.mounts?.push({ destination: "/volume", source: volume, options: ["bind"] });
    },
  );
  try {
    return await action();
  } finally {
    expect(flipper.output()).toBe(""); // it would say why it does not exchange anything
    await flipper.stop();
  }
}
