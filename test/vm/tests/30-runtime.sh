# mydocker-init as a plain OCI runtime on cgroup v2: the pipe with limits, kill by the kernel, exec, nothing left.
. ./lib.sh
export MYDOCKER_PREFIX=mydockervm
bundle=/root/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
for applet in sh cat tail sleep ls mount; do ln -s busybox $bundle/rootfs/bin/$applet; done
cd $bundle

# config ID COMMAND...
config() {
  id=$1; shift
  jq -cn --arg id "$id" '{
    ociVersion: "1.2.0", root: {path: "/root/bundle/rootfs"}, hostname: "box",
    process: {cwd: "/", user: {uid: 0, gid: 0}, args: $ARGS.positional, env: ["PATH=/bin"], noNewPrivileges: true},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]},
      {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
      {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"]}
    ],
    linux: {
      namespaces: ["pid", "mount", "uts", "ipc", "network", "cgroup"] | map({type: .}),
      resources: {devices: [{allow: false, access: "rwm"}]}
    },
    annotations: {"io.mydocker.id": $id}
  }' --args -- "$@"
}

# The container is in its cgroup, and sees only that
expect "$(config c1 cat /proc/self/cgroup | mydocker-cgroup apply -m 64m | mydocker-init run)" "0::/"
expect "$(config c1 cat /sys/fs/cgroup/memory.max | mydocker-cgroup apply -m 64m | mydocker-init run)" $((64 << 20))
expect "$(config c1 cat /sys/fs/cgroup/pids.max | jq -c '.linux.resources.pids.limit = 0 | .linux.resources.pids.limit = 9' | mydocker-init run)" 9

# Exit codes; over the limit the kernel kills
code=0; config c1 sh -c 'exit 3' | mydocker-cgroup apply | mydocker-init run || code=$?
expect $code 3
code=0; config c1 tail /dev/zero | mydocker-cgroup apply -m 16m --memory-swap 16m | mydocker-init run || code=$?
expect $code 137

# An overlay of several layers, which kernels before 6.7 and before 6.5 want in other words
mkdir layer upper work merged
echo from-the-layer > layer/hello
overlay=$(jq -cn '{lower: ["/root/bundle/layer", "/root/bundle/rootfs"], upper: "/root/bundle/upper", work: "/root/bundle/work"}')
layered() { jq -c --arg overlay "$overlay" '.root.path = "/root/bundle/merged" | .annotations["io.mydocker.rootfs"] = $overlay'; }
expect "$(config c1 sh -c 'cat /hello; echo written > /new' | layered | mydocker-init run)" from-the-layer
expect "$(cat upper/new)" written

# create, start, exec, kill, delete
config c2 sleep 1000 | mydocker-cgroup apply --cpus 0.5 --pids-limit 20 | mydocker-init create
mydocker-init start c2
expect "$(mydocker-init exec c2 cat /proc/1/cgroup)" "0::/"
expect "$(mydocker-init exec c2 cat /sys/fs/cgroup/cpu.max)" "50000 100000"
expect "$(mydocker-init state c2 | jq -r .status)" running
mydocker-init kill c2 KILL
mydocker-init delete --force c2
[ ! -e /sys/fs/cgroup/mydockervm/c2 ]
mydocker-cgroup gc
[ ! -e /sys/fs/cgroup/mydockervm ]
expect "$(systemctl is-system-running)" running
