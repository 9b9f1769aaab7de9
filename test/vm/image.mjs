// Builds the disk that the test VM boots from: a Debian with systemd, hence a host with cgroup v2 alone.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const SUITE = "bookworm";
/** What mydocker needs on a host, and what its tests call. No openssh: commands go over a virtio port. */
const PACKAGES = [
  ...["systemd-sysv", "linux-image-cloud-amd64", "initramfs-tools", "kmod", "zstd"],
  ...[
    "iproute2",
    "nftables",
    "skopeo",
    "umoci",
    "busybox-static",
    "procps",
    "util-linux",
    "jq",
    "libseccomp2",
    "dbus",
    "apparmor",
  ],
];

/** The one service of ours in the image. What it runs comes with the payload, so the image seldom has to be rebuilt. */
const AGENT_UNIT = `[Unit]
Description=Runs what the test sends
Wants=network-online.target
After=network-online.target

[Service]
# Lets the rest of the boot finish first, as a person who logs in would find it.
Type=idle
StandardOutput=journal+console
StandardError=journal+console
ExecStart=/bin/sh -c 'mkdir -p /payload && tar -xf /dev/vdb -C /payload && exec /payload/agent.sh'
# The agent stands for a person's shell: what it starts must not be bounded by the service.
Delegate=yes
TasksMax=infinity
KillMode=process

[Install]
WantedBy=multi-user.target
`;

const NETWORK = `[Match]
Name=en* eth*
[Network]
DHCP=yes
`;

/** A TCG guest has one processor's worth of emulation: what a test does not need, it need not start. */
const MASKED = [
  "apparmor.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "e2scrub_all.timer",
  "fstrim.timer",
  "getty@tty1.service",
];

/**
 * Makes the image unless it is there already.
 * @returns {{disk: string, kernel: string, initrd: string}} paths of its parts
 */
export function makeImage() {
  const recipe = JSON.stringify([SUITE, PACKAGES, AGENT_UNIT, NETWORK, MASKED]);
  const name = `vm-${createHash("sha256").update(recipe).digest("hex").slice(0, 12)}`;
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "mydocker", name);
  const image = {
    disk: join(directory, "disk"),
    kernel: join(directory, "vmlinuz"),
    initrd: join(directory, "initrd"),
  };
  if (existsSync(directory)) return image;
  const building = `${directory}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    build(building);
    renameSync(building, directory);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return image;
}

function build(directory) {
  const tree = join(directory, "tree");
  const options = join(directory, "apt.conf");
  writeFileSync(options, aptOptions());
  console.error(`Building the VM's image (${SUITE}, a few minutes, once)`);
  const arguments_ = ["--mode=root", "--variant=minbase", `--include=${PACKAGES.join(",")}`, `--aptopt=${options}`];
  // Documentation and translations are a third of the files, and mke2fs copies each of them.
  for (const path of ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"]) {
    arguments_.push(`--dpkgopt=path-exclude=${path}`);
  }
  run("mmdebstrap", [...arguments_, SUITE, tree, ...aptSources()]);
  configure(tree);
  for (const [from, to] of Object.entries({ vmlinuz: "vmlinuz", "initrd.img": "initrd" })) {
    const boot = readdirSync(join(tree, "boot")).find((file) => file.startsWith(`${from}-`));
    renameSync(join(tree, "boot", boot), join(directory, to));
  }
  run("mke2fs", ["-q", "-t", "ext4", "-d", tree, join(directory, "disk"), "3G"]);
  rmSync(tree, { recursive: true });
  rmSync(options);
}

function configure(tree) {
  const units = join(tree, "etc/systemd/system");
  writeFileSync(join(units, "mydocker-vm.service"), AGENT_UNIT);
  for (const unit of MASKED) symlinkSync("/dev/null", join(units, unit));
  writeFileSync(join(tree, "etc/systemd/network/10-vm.network"), NETWORK);
  writeFileSync(join(tree, "etc/hostname"), "mydocker-vm\n");
  writeFileSync(join(tree, "etc/fstab"), "/dev/vda / ext4 defaults 0 0\n");
  run("chroot", [tree, "systemctl", "enable", "mydocker-vm", "systemd-networkd", "systemd-networkd-wait-online"]);
}

/** The host's own package sources, whatever they are: the files that have the suite. */
function aptSources() {
  const parts = "/etc/apt/sources.list.d";
  const files = readdirSync(parts).filter((file) => /\.(list|sources)$/.test(file));
  return ["/etc/apt/sources.list", ...files.map((file) => join(parts, file))].filter(
    (file) => existsSync(file) && new RegExp(`^[^#]*\\b${SUITE}\\b`, "m").test(readFileSync(file, "utf8")),
  );
}

/** The host's settings for fetching packages (proxies, retries), as mmdebstrap reads none of its own accord. */
function aptOptions() {
  const dump = execFileSync("apt-config", ["dump"], { encoding: "utf8" });
  return dump.replaceAll(/^(?!Acquire::(https?|Retries|Check-)).*\n/gm, "");
}

function run(program, args) {
  execFileSync(program, args, { stdio: ["ignore", 2, 2] });
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log(makeImage());
