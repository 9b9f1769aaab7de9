# Namespaces and mounts on a host whose mounts are shared (systemd), with cgroup v2 and an older kernel.
. ./lib.sh
export MYDOCKER_PREFIX=mydockervm
bundle=/root/namespaces
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev $bundle/rootfs/mnt
cp /bin/busybox $bundle/rootfs/bin/
for applet in sh cat id ls stat grep mkdir ip true; do ln -s busybox $bundle/rootfs/bin/$applet; done
cd $bundle

# config ID COMMAND...
config() {
  id=$1; shift
  jq -cn --arg id "$id" '{
    ociVersion: "1.3.0", root: {path: "/root/namespaces/rootfs"}, hostname: "box",
    process: {cwd: "/", user: {uid: 0, gid: 0}, args: $ARGS.positional, env: ["PATH=/bin"]},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]},
      {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]},
      {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}
    ],
    linux: {namespaces: ["pid", "mount", "uts", "ipc", "network", "cgroup"] | map({type: .})},
    annotations: {"io.mydocker.id": $id}
  }' --args -- "$@"
}
user='.linux |= (.namespaces += [{type: "user"}] | .uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .gidMappings = .uidMappings)'
before=$(cat /proc/self/mountinfo)

# A user namespace, its cgroup, and cgroup v2 in it
expect "$(config n1 sh -c 'id -u; cat /proc/self/cgroup; ls /sys/fs/cgroup/cgroup.procs; cat /sys/fs/cgroup/cgroup.procs | grep -c 1' | jq -c "$user" | mydocker-init run)" \
  "$(printf '0\n0::/\n/sys/fs/cgroup/cgroup.procs\n1')"

# Without a cgroup namespace the mount is the container's own part, in a user namespace as well
for with in . "$user"; do
  config n2 sh -c 'cat /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/made 2>/dev/null && echo writable' \
    | jq -c '.linux.namespaces |= map(select(.type != "cgroup"))' | jq -c "$with" > n2.json
  # The shell and the command that it has started.
  refused grep -q 'writable\|^0$' <<EOF
$(mydocker-init run < n2.json || true)
EOF
done

# An id-mapped bind, a time namespace
mkdir data; touch data/file
expect "$(config n3 stat -c %u /mnt/file | jq -c "$user | .mounts += [{destination: \"/mnt\", source: \"/root/namespaces/data\", options: [\"bind\", \"idmap\"]}]" | mydocker-init run)" 0
expect "$(config n4 sh -c 'cat /proc/self/timens_offsets | grep -c "boottime *100 *7"' | jq -c '.linux |= (.namespaces += [{type: "time"}] | .timeOffsets.boottime = {secs: 100, nanosecs: 7})' | mydocker-init run)" 1

# A device moves in, and comes back when the container cannot be made
ip link add vmd0 type veth peer name vmd1
ip addr add 192.0.2.9/24 dev vmd0; ip link set vmd0 up
config n5 true | jq -c '.linux.netDevices.vmd0 = {name: "in0"} | .mounts += [{destination: "/x", source: "/no/such", options: ["bind"]}]' > n5.json
refused mydocker-init run < n5.json
expect "$(ip -br -4 addr show vmd0 | grep -c 192.0.2.9/24)" 1
config n5 ip -4 addr show in0 | jq -c '.linux.netDevices.vmd0 = {name: "in0"}' | mydocker-init run | grep -q 192.0.2.9/24

# Whatever the propagation of the root and of a bind, nothing is left mounted on a host that shares its mounts
for propagation in private shared slave unbindable; do
  config n6 true | jq -c --arg p $propagation '.linux.rootfsPropagation = $p | .mounts += [{destination: "/mnt", source: "/root/namespaces/data", options: ["rbind", "r" + $p]}]' | mydocker-init run
done
expect "$(cat /proc/self/mountinfo)" "$before"
