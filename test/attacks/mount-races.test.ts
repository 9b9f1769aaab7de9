import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { attack } from "./support/attack.ts";
import { whileFlipping } from "./support/attacker.ts";
import { planOf, race } from "./support/plan.ts";
import type { Runtime } from "./support/runtime.ts";

// Two containers share a volume. One exchanges a directory for a link to the host, all the time; the other is made meanwhile, with mounts
// below that name.

/** A network namespace takes most of the time that a container takes, and has no part in this. */
function withoutNetwork(config: OciConfig): void {
  const namespaces = config.linux?.namespaces?.filter(({ type }) => type !== "network") ?? [];
  config.linux = { ...config.linux, namespaces };
}

function volumeOf(runtime: Runtime, link: string): string {
  const volume = join(runtime.directory, "volume");
  mkdirSync(join(volume, "race"), { recursive: true });
  symlinkSync(link, join(volume, "link"));
  return volume;
}

attack(
  "a mount below a name that becomes a link lands in the container, and nothing is made on the host (CVE-2021-30465, CVE-2024-45310)",
  ["in-root", "by-path"],
  async (runtime) => {
    const volume = volumeOf(runtime, runtime.canary);
    mkdirSync(join(runtime.canary, "there"));
    const bundle = runtime.bundle(["cat", "/proc/self/mountinfo"], {
      config: (config) => {
        withoutNetwork(config);
        config.mounts?.push(
          { destination: "/volume", source: volume, options: ["bind"] },
          { destination: "/volume/race/there", type: "tmpfs", source: "raced" },
          { destination: "/volume/race/made", type: "tmpfs", source: "raced" },
        );
      },
    });
    const plan = await planOf(runtime, bundle);
    const elsewhere = `[[ $(grep -c raced <<<"$output") != 2 || -e ${runtime.canary}/made ]]`;
    const found = await whileFlipping(runtime, ["race", "link"], volume, () => race(runtime, "run", plan, elsewhere));
    return [...found, ...runtime.intruders().filter((name) => name !== "there")];
  },
);

attack(
  "a sysctl is set, and nothing else written to, although what is on /proc changes (CVE-2025-52881)",
  "private-proc",
  async (runtime) => {
    const volume = join(runtime.directory, "volume");
    const victim = join(runtime.canary, "secret");
    mkdirSync(volume);
    writeFileSync(join(volume, "msgmax"), "");
    symlinkSync(victim, join(volume, "link"));
    const before = readFileSync(victim, "utf8");
    const bundle = runtime.bundle(["sh", "-c", "mount -t proc proc /tmp && cat /tmp/sys/kernel/msgmax"], {
      config: (config) => {
        withoutNetwork(config);
        for (const set of Object.values(config.process?.capabilities ?? {})) set.push("CAP_SYS_ADMIN");
        config.mounts?.push({ destination: "/proc/sys/kernel", source: volume, options: ["bind"] });
        config.linux = { ...config.linux, sysctl: { "kernel.msgmax": "7777" } };
      },
    });
    const plan = await planOf(runtime, bundle);
    const broken = `[[ $output != 7777 ]]`;
    const found = await whileFlipping(runtime, ["msgmax", "link"], volume, () => race(runtime, "run", plan, broken));
    const written = readdirSync(volume, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .filter(({ name }) => readFileSync(join(volume, name), "utf8") !== "");
    return [
      ...found,
      ...written.map(({ name }) => `${name} of the volume was written to`),
      ...(readFileSync(victim, "utf8") === before ? [] : ["the host's file was written to"]),
    ];
  },
);

attack(
  "a masked path is the host's null device, although the container's changes (CVE-2025-31133)",
  "null",
  async (runtime) => {
    const volume = join(runtime.directory, "volume");
    mkdirSync(volume);
    const devices = "null c 1 3,zero c 1 5,full c 1 7,random c 1 8,urandom c 1 9,tty c 5 0".split(",");
    await runtime.shell(`cd ${volume} && ${devices.map((device) => `mknod ${device}`).join(" && ")} && mkdir pts shm`);
    symlinkSync("/proc/sys/kernel/core_pattern", join(volume, "link"));
    const bundle = runtime.bundle(
      ["sh", "-c", "busybox stat -c %t:%T /proc/interrupts; busybox stat -c %t:%T /proc/timer_list"],
      {
        config: (config) => {
          withoutNetwork(config);
          const others = (config.mounts ?? []).filter(({ destination }) => destination !== "/dev");
          config.mounts = [{ destination: "/dev", source: volume, options: ["bind"] }, ...others];
          config.linux = { ...config.linux, maskedPaths: ["/proc/interrupts", "/proc/timer_list"] };
        },
      },
    );
    const plan = await planOf(runtime, bundle);
    return whileFlipping(runtime, ["null", "link"], volume, () =>
      race(runtime, "run", plan, `[[ $output != $'1:3\\n1:3' ]]`),
    );
  },
);
