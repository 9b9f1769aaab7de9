// Debian packages by what they are needed for. "a|b" is whichever the distribution has: Ubuntu 22.04 is older.
export const PACKAGES = {
  build: ["gcc", "make", "libc6-dev", "libseccomp-dev", "musl-tools", "wabt", "busybox-static"],
  run: [
    "ca-certificates",
    "conntrack",
    "curl",
    "dnsmasq-base",
    "iproute2",
    "iptables",
    "jq",
    "mount",
    "nftables",
    "procps",
    "skopeo",
    "umoci",
    "util-linux",
    "xz-utils",
    "zstd",
  ],
  test: [
    "clang",
    "conmon",
    "containerd",
    "containernetworking-plugins",
    "docker-registry",
    "docker.io",
    "libclang-rt-14-dev|libclang-common-14-dev",
    "mmdebstrap",
    "podman",
    "python3",
    "runc",
    "strace",
    "tini",
    "valgrind",
  ],
  bench: ["conmon", "containerd", "crun", "docker.io", "netavark|containernetworking-plugins", "podman", "runc"],
};

/** Services that come with those packages. They must neither start now nor, for our sake, at the next boot. */
export const SERVICES = {
  "docker-registry": ["docker-registry.service"],
  containerd: ["containerd.service"],
  "docker.io": ["docker.service", "docker.socket"],
  podman: [
    "podman.service",
    "podman.socket",
    "podman-auto-update.service",
    "podman-auto-update.timer",
    "podman-restart.service",
  ],
};
