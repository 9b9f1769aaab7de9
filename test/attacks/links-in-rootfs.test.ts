import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attack, theSandbox } from "./support/attack.ts";
import { makeRuntime, type Runtime } from "./support/runtime.ts";

// Images whose links lead to the host. What mydocker-init makes in a container's root has to stay in it.

/** Puts a link in the place of whatever the image has. */
function link(rootfs: string, path: string, target: string): void {
  rmSync(join(rootfs, path), { recursive: true, force: true });
  mkdirSync(join(rootfs, path, ".."), { recursive: true });
  symlinkSync(target, join(rootfs, path));
}

/** Runs `true` in a container, and says what appeared in the canary, or that the container ran although it must not. */
async function intrude(runtime: Runtime, hostile: Parameters<Runtime["run"]>[1], refused = false): Promise<string[]> {
  const { code } = await runtime.run(["true"], hostile);
  return [...runtime.intruders(), ...(refused && code === 0 ? ["ran"] : [])];
}

attack("a bind on a file that is a link makes no file on the host (CVE-2019-18837)", "in-root", (runtime) =>
  intrude(runtime, {
    config: (config) => {
      writeFileSync(join(runtime.directory, "source"), "bound");
      const source = join(runtime.directory, "source");
      config.mounts?.push({ destination: "/etc/resolv.conf", source, options: ["bind"] });
    },
    image: (rootfs) => link(rootfs, "etc/resolv.conf", join(runtime.canary, "resolv.conf")),
  }),
);

attack("no directory of a mount's or of cwd's is made through a link (CVE-2024-45310)", "in-root", (runtime) =>
  intrude(runtime, {
    config: (config) => {
      if (config.process !== undefined) config.process.cwd = "/up/cwd/deep";
      config.mounts?.push({ destination: "/abs/mounted/deep", type: "tmpfs", source: "tmpfs" });
    },
    image: (rootfs) => {
      link(rootfs, "abs", runtime.canary);
      link(rootfs, "up", `../../../../../../../..${runtime.canary}`);
    },
  }),
);

attack(
  "a /dev that is a link has no devices and no links made behind it (CVE-2026-41579, CVE-2026-47766)",
  "in-root",
  (runtime) =>
    intrude(runtime, {
      config: (config) => {
        config.mounts = config.mounts?.filter(({ destination }) => !destination.startsWith("/dev")) ?? [];
      },
      image: (rootfs) => link(rootfs, "dev", runtime.canary),
    }),
);

attack("a link at any path that is made leads nowhere outside (CVE-2025-24965)", "in-root", (runtime) =>
  intrude(runtime, {
    config: (config) => {
      config.mounts = config.mounts?.filter(({ destination }) => destination !== "/dev") ?? [];
      for (const name of ["hostname", "hosts"]) {
        const source = join(runtime.directory, name);
        writeFileSync(source, name);
        config.mounts.unshift({ destination: `/etc/${name}`, source, options: ["bind"] });
      }
    },
    image: (rootfs) => {
      const made = [
        "null",
        "zero",
        "full",
        "random",
        "urandom",
        "tty",
        "fd",
        "stdin",
        "stdout",
        "stderr",
        "ptmx",
        "pts",
        "shm",
      ];
      for (const name of made) link(rootfs, `dev/${name}`, join(runtime.canary, name));
      for (const name of ["hostname", "hosts"]) link(rootfs, `etc/${name}`, join(runtime.canary, name));
    },
  }),
);

const DISGUISES: [what: string, target: (runtime: Runtime) => string][] = [
  ["is a link to the host", ({ canary }) => `../../../../../../../..${canary}`],
  ["is a link inside the image", () => "tmp"],
];

for (const [what, target] of DISGUISES) {
  attack(
    `a /proc that ${what} is refused (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642)`,
    "in-root",
    (runtime) => intrude(runtime, { image: (rootfs) => link(rootfs, "proc", target(runtime)) }, true),
  );
}

describe("a volume on /proc (CVE-2019-16884)", () => {
  const withVolume = (runtime: Runtime, destination: string): Parameters<Runtime["run"]>[1] => ({
    config: (config) => {
      config.mounts?.push({ destination, source: runtime.canary, options: ["bind"] });
      config.linux = { ...config.linux, maskedPaths: ["/proc/made", "/proc/secret"], readonlyPaths: ["/proc/sys"] };
    },
  });

  test.each(["/proc", "/proc/", "/tmp/../proc", "proc"])("is refused: %s", async (destination) => {
    const runtime = makeRuntime(theSandbox());
    const { code, stderr } = await runtime.run(["true"], withVolume(runtime, destination));
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("mount /proc") });
    expect(runtime.intruders()).toEqual([]);
  });

  // It is mydocker-init that refuses, so the control is a mount whose way to /proc is only known once it is made: by a link.
  test("makes nothing on the host where a link leads to it", async () => {
    const runtime = makeRuntime(theSandbox());
    const hostile = withVolume(runtime, "/link");
    const { stdout } = await runtime.run(["sh", "-c", "cat /proc/secret; ls /proc"], {
      ...hostile,
      image: (rootfs) => symlinkSync("/proc", join(rootfs, "link")),
    });
    expect(stdout).toBe("secret\n"); // masked: nothing of its content
    expect(runtime.intruders()).toEqual([]);
  });
});
