# --systemd-cgroup: the container's cgroup is a scope that systemd has made, and knows the limits of.
. ./lib.sh
export MYDOCKER_PREFIX=mydockervm
bundle=/root/scope
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
for applet in sh cat sleep true; do ln -s busybox $bundle/rootfs/bin/$applet; done
cd $bundle
# config PATH COMMAND...
config() {
  path=$1; shift
  jq -n --arg path "$path" '{
    ociVersion: "1.2.0", root: {path: "rootfs"},
    process: {cwd: "/", user: {uid: 0, gid: 0}, args: $ARGS.positional, env: ["PATH=/bin"]},
    mounts: [{destination: "/proc", type: "proc", source: "proc"}, {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755"]}],
    linux: {
      namespaces: ["pid", "mount", "ipc", "uts", "network"] | map({type: .}), cgroupsPath: $path,
      resources: {memory: {limit: 67108864, swap: 67108864}, pids: {limit: 20}, cpu: {shares: 1024, quota: 50000, period: 100000}, devices: [{allow: false}]}
    }
  }' --args -- "$@" > config.json
}
init() { mydocker-init --systemd-cgroup "$@"; }
property() { systemctl show --property "$2" --value "$1"; }

# In the foreground: the scope is where the path says, and gone with the container
config mydockervm-sub.slice:vm:one cat /proc/self/cgroup
expect "$(init run --bundle $bundle one)" "0::/mydockervm.slice/mydockervm-sub.slice/vm-one.scope"
until [ "$(systemctl is-active vm-one.scope || true)" = inactive ]; do sleep 0.2; done
[ ! -e /sys/fs/cgroup/mydockervm.slice/mydockervm-sub.slice/vm-one.scope ]

# Created, started, updated, reloaded, deleted: what systemd knows and what is in force are the same
config mydockervm.slice:vm:two sleep 1000
init create --bundle $bundle two < /dev/null > /run/out 2>&1 || { cat /run/out; exit 1; }
init start two
scope=/sys/fs/cgroup/mydockervm.slice/vm-two.scope
expect "$(systemctl is-active vm-two.scope)" active
expect "$(wc -l < $scope/cgroup.procs)" 1
expect "$(cat $scope/cgroup.procs)" "$(mydocker-init state two | jq .pid)"
expect "$(property vm-two.scope MemoryMax) $(property vm-two.scope TasksMax) $(property vm-two.scope Delegate)" "67108864 20 yes"
limits() { cat $scope/memory.max $scope/memory.swap.max $scope/pids.max $scope/cpu.max $scope/cpu.weight | paste -sd ' '; }
expect "$(limits)" "67108864 0 20 50000 100000 39"
systemctl daemon-reload
expect "$(limits)" "67108864 0 20 50000 100000 39"
init update --memory 128m --memory-swap 128m --pids-limit 30 two
expect "$(limits)" "134217728 0 30 50000 100000 39"
systemctl daemon-reload
expect "$(limits)" "134217728 0 30 50000 100000 39"
expect "$(mydocker-init exec two cat /proc/self/cgroup)" "0::/mydockervm.slice/vm-two.scope"
init pause two
expect "$(mydocker-init state two | jq -r .status)" paused
init resume two
# The id may be free, but the scope is taken
if init run --bundle $bundle other 2> /run/err; then exit 1; fi
grep -q 'vm-two.scope' /run/err
expect "$(mydocker-init state two | jq -r .status)" running
init delete --force two
[ ! -e $scope ]
expect "$(systemctl is-active vm-two.scope || true)" inactive

# A container that cannot be made leaves no scope
config mydockervm.slice:vm:three no-such-command
if init run --bundle $bundle three 2> /run/err; then exit 1; fi
expect "$(systemctl is-active vm-three.scope || true)" inactive
[ ! -e /sys/fs/cgroup/mydockervm.slice/vm-three.scope ]
config mydockervm.slice:vm:four true
jq '.linux.resources.cpu.cpus = "4000"' config.json > changed && mv changed config.json
if init run --bundle $bundle four 2> /run/err; then exit 1; fi
grep -q 'cpuset.cpus' /run/err
expect "$(systemctl is-active vm-four.scope || true)" inactive
systemctl stop mydockervm.slice
expect "$(systemctl is-system-running)" running
