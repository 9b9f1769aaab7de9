import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OciConfig } from "@mydocker/oci";
import { BIN, makeBundle, type Sandbox, type TestBundle, type ToolResult } from "@mydocker/testing";
import { installWithShim } from "../../../tools/mydocker-init/test/support/installation.ts";

const WEAKENED_SHIM = fileURLToPath(new URL("../../../dist/shim/weakened/mydocker-shim", import.meta.url));

/** A mydocker-init to attack, with a host to protect. */
export interface Runtime {
  /** The file of the host that a container would overwrite. */
  shim: string;
  /** A directory of the host, empty but for the file `secret`. */
  canary: string;
  directory: string;
  env: Record<string, string>;
  init(args: string[], options?: { input?: string }): Promise<ToolResult>;
  /** Runs a shell script with it. */
  shell(script: string): Promise<ToolResult>;
  /** A bundle of its own with an id of its own. */
  bundle(args: string[], hostile?: Hostile): TestBundle & { id: string };
  /** Runs such a bundle to its end. */
  run(args: string[], hostile?: Hostile): Promise<ToolResult>;
  /** Everything in the canary but `secret`. */
  intruders(): string[];
}

export interface Hostile {
  config?: (config: OciConfig) => void;
  image?: (rootfs: string) => void;
}

let count = 0;

/**
 * @param missing the checks that its shim does not make (shim/test/weakened.h); without them it is the shim as it is installed
 */
export function makeRuntime(sandbox: Sandbox, missing = ""): Runtime {
  count += 1;
  const directory = join(sandbox.directory, `attack-${count}`);
  const canary = join(directory, "canary");
  mkdirSync(canary, { recursive: true });
  copyFileSync("/etc/hostname", join(canary, "secret"));
  const bin = missing === "" ? BIN : installWeakened(directory);
  const env = { MYDOCKER_BIN: bin, MYDOCKER_WEAKENED: missing };
  const id = `${sandbox.paths.prefix}-a${count}`;
  let bundles = 0;

  const init: Runtime["init"] = (args, options = {}) => sandbox.tool("mydocker-init", args, { ...options, env });
  const bundle: Runtime["bundle"] = (args, { config, image } = {}) => {
    bundles += 1;
    const made = makeBundle(join(directory, `bundle-${bundles}`), args, config);
    image?.(made.rootfs);
    return { ...made, id: `${id}-${bundles}` };
  };
  return {
    shim: join(bin, "../libexec/mydocker/mydocker-shim"),
    canary,
    directory,
    env: { ...sandbox.env, ...env },
    init,
    shell: (script) =>
      sandbox.shell(
        `export ${Object.entries(env)
          .map(([name, value]) => `${name}='${value}'`)
          .join(" ")}; ${script}`,
      ),
    bundle,
    run(args, hostile) {
      const made = bundle(args, hostile);
      return init(["run", "--bundle", made.directory, made.id]);
    },
    intruders: () => readdirSync(canary, { recursive: true, encoding: "utf8" }).filter((name) => name !== "secret"),
  };
}

/** The shim is a copy, because an attack that succeeds overwrites it. */
function installWeakened(directory: string): string {
  const shim = join(directory, "mydocker-shim");
  copyFileSync(WEAKENED_SHIM, shim);
  return installWithShim(join(directory, "installation"), { program: shim });
}
