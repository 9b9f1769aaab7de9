import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { expect, test } from "vitest";
import { attack, theSandbox } from "./support/attack.ts";
import { makeRuntime } from "./support/runtime.ts";

// Terminals and standard streams of an image that has prepared the names they go by.

function inTerminal(config: OciConfig): void {
  if (config.process !== undefined) config.process.terminal = true;
}

/** /dev is the image's own directory; of the mounts below it only the named ones are made. */
function withImagesDev(config: OciConfig, ...kept: string[]): void {
  config.mounts =
    config.mounts?.filter(({ destination }) => !destination.startsWith("/dev") || kept.includes(destination)) ?? [];
}

for (const readonly of [false, true]) {
  attack(
    `a console that is a link is not made or bound behind it, root ${readonly ? "read-only" : "writable"} (CVE-2026-88264)`,
    "in-root",
    async (runtime) => {
      await runtime.run(["true"], {
        config: (config) => {
          inTerminal(config);
          withImagesDev(config, "/dev/pts");
          config.root = { path: "rootfs", readonly };
        },
        image: (rootfs) => symlinkSync(join(runtime.canary, "console"), join(rootfs, "dev/console")),
      });
      return runtime.intruders();
    },
  );
}

attack(
  "a terminal is none of the host's, whatever the image has in /dev/pts (CVE-2025-52565)",
  "devpts,in-root",
  async (runtime) => {
    const { code, stdout } = await runtime.run(["echo", "ran"], {
      config: (config) => {
        inTerminal(config);
        withImagesDev(config);
      },
      image: (rootfs) => {
        // The host's own, once the link is followed.
        mkdirSync(join(rootfs, "dev/pts"));
        symlinkSync("/dev/pts/ptmx", join(rootfs, "dev/pts/ptmx"));
      },
    });
    return code === 0 && stdout.includes("ran") ? ["ran in a terminal of the host's"] : [];
  },
);

// No control: what is bound on /dev/console is the terminal's own descriptor (TIOCGPTPEER), so no path could be exchanged.
test("/dev/console is the container's terminal, although the image has links in its place and in that of every terminal (CVE-2025-52565)", async () => {
  const runtime = makeRuntime(theSandbox());
  const { stdout } = await runtime.run(
    ["sh", "-c", "busybox stat -c %t:%T /dev/console; busybox stat -c %t:%T $(busybox tty)"],
    {
      config: inTerminal,
      image: (rootfs) => {
        mkdirSync(join(rootfs, "dev/pts"));
        for (let number = 0; number < 10; number += 1) {
          symlinkSync(join(runtime.canary, "secret"), join(rootfs, "dev/pts", String(number)));
        }
        symlinkSync(join(runtime.canary, "secret"), join(rootfs, "dev/console"));
      },
    },
  );
  const [console, terminal] = stdout.trim().split("\r\n");
  expect(console).toMatch(/^88:/); // major 136
  expect(console).toBe(terminal);
});

attack(
  "a closed stdin does not become a file of the host that the image calls /dev/null (CVE-2026-88265)",
  "streams",
  async (runtime) => {
    const victim = join(runtime.canary, "secret");
    const { directory, id } = runtime.bundle(["sh", "-c", "echo written >&0"], {
      config: (config) => {
        if (config.process !== undefined) config.process.user = { uid: 33, gid: 33 };
        withImagesDev(config);
        config.mounts?.push({ destination: "/victim", source: victim, options: ["bind"] });
      },
      image: (rootfs) => {
        rmSync(join(rootfs, "dev"), { recursive: true });
        mkdirSync(join(rootfs, "dev"));
        symlinkSync("/victim", join(rootfs, "dev/null"));
      },
    });
    writeFileSync(victim, "");
    await runtime.shell(`mydocker-init run --bundle ${directory} ${id} <&- >/dev/null 2>&1`);
    const { uid, size } = statSync(victim);
    return uid === 0 && size === 0 ? [] : [`the host's file belongs to ${uid} and has ${size} bytes`];
  },
);
