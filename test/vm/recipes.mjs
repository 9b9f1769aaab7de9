// What the images hold. Each is a Debian with systemd, hence a host with cgroup v2 alone.

/** @typedef {{name: string, suite: string, packages: string[], masked: string[], size: string}} Recipe */

export const SUITE = "bookworm";

const BOOTED = ["systemd-sysv", "linux-image-cloud-amd64", "initramfs-tools", "kmod", "zstd"];

/** A TCG guest has one processor's worth of emulation: what nobody needs, it need not start. */
const MASKED = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "e2scrub_all.timer",
  "fstrim.timer",
  "getty@tty1.service",
];

/** What mydocker needs on a host, and what its tests call. No openssh: commands go over a virtio port. */
export const TEST_HOST = {
  name: "vm",
  suite: SUITE,
  packages: [
    ...BOOTED,
    ...["iproute2", "nftables", "skopeo", "umoci", "busybox-static", "procps", "util-linux", "jq", "libseccomp2"],
    ...["dbus", "apparmor", "conntrack", "curl", "dnsmasq-base", "iptables", "strace", "libstdc++6"],
    // Some tests make programs of their own to look from inside a container.
    ...["gcc", "libc6-dev"],
  ],
  masked: [...MASKED, "apparmor.service"],
  size: "3G",
};

/** A machine as the README expects it, before its two commands: git is there, Node is brought in. */
export const FRESH_MACHINE = {
  name: "fresh",
  suite: SUITE,
  packages: [...BOOTED, "git", "ca-certificates"],
  masked: MASKED,
  size: "16G",
};
