# linux.resources on cgroup v2: every member in v2's words, devices by eBPF, pause, update, events, and what is refused.
. ./lib.sh
export MYDOCKER_PREFIX=mydockervm
top=/sys/fs/cgroup/mydockervm
bundle=/root/resources
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev $bundle/rootfs/tmp
cp /bin/busybox $bundle/rootfs/bin/
for applet in sh cat tail sleep head dd mknod true; do ln -s busybox $bundle/rootfs/bin/$applet; done
cd $bundle
disk=$(cat /sys/block/vda/dev)

# config ID RESOURCES COMMAND...
config() {
  id=$1; resources=$2; shift 2
  jq -cn --arg id "$id" --arg disk "$disk" --argjson resources "$resources" '{
    ociVersion: "1.2.0", root: {path: "/root/resources/rootfs"},
    process: {cwd: "/", user: {uid: 0, gid: 0}, args: $ARGS.positional, env: ["PATH=/bin"],
      capabilities: {bounding: ["CAP_MKNOD"], effective: ["CAP_MKNOD"], permitted: ["CAP_MKNOD"]}},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755"]},
      {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]},
      {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"]}
    ],
    linux: {
      namespaces: ["pid", "mount", "uts", "ipc", "network", "cgroup"] | map({type: .}),
      devices: [($disk / ":" | map(tonumber)) as [$major, $minor] | {type: "b", path: "/dev/disk", major: $major, minor: $minor}],
      resources: $resources
    },
    annotations: {"io.mydocker.id": $id}
  }' --args -- "$@"
}
# inside RESOURCES FILE...: the container's own files
inside() { resources=$1; shift; (cd /; config r1 "$resources" sh -c 'cd /sys/fs/cgroup; exec cat "$@"' sh "$@" | mydocker-init run); }
# refuses RESOURCES TEXT: nothing is made, and the message has the text
refuses() {
  if config r1 "$1" true | mydocker-init run 2> /run/err; then echo "should have been refused: $1"; return 1; fi
  grep -qF "$2" /run/err || { cat /run/err; return 1; }
  [ ! -e $top/r1 ]
}

# Every member, in v2's words
expect "$(inside '{"memory":{"limit":67108864,"swap":100663296,"reservation":33554432}}' memory.max memory.swap.max memory.low)" "67108864
33554432
33554432"
expect "$(inside '{"memory":{"limit":-1}}' memory.max memory.swap.max)" "max
max"
expect "$(inside '{"cpu":{"shares":1024,"quota":50000,"period":100000,"burst":20000,"cpus":"0","mems":"0"}}' cpu.weight cpu.max cpu.max.burst cpuset.cpus cpuset.mems)" "39
50000 100000
20000
0
0"
expect "$(inside '{"cpu":{"idle":1}}' cpu.idle)" 1
expect "$(inside '{"pids":{"limit":0}}' pids.max)" 0
expect "$(inside '{"pids":{"limit":-1}}' pids.max)" max
throttles=$(jq -cn --arg disk "$disk" '($disk / ":" | map(tonumber)) as [$major, $minor] | {blockIO: {
  throttleReadBpsDevice: [{major: $major, minor: $minor, rate: 1048576}], throttleWriteBpsDevice: [{major: $major, minor: $minor, rate: 2097152}],
  throttleReadIOPSDevice: [{major: $major, minor: $minor, rate: 100}], throttleWriteIOPSDevice: [{major: $major, minor: $minor, rate: 200}]}}')
expect "$(inside "$throttles" io.max)" "$disk rbps=1048576 wbps=2097152 riops=100 wiops=200"
expect "$(inside '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' hugetlb.2MB.rsvd.max hugetlb.2MB.max)" "4194304
max"
expect "$(inside '{"unified":{"memory.high":"50331648","cgroup.max.depth":"3"},"memory":{"limit":67108864}}' memory.high cgroup.max.depth memory.max)" "50331648
3
67108864"
# What unified says wins
expect "$(inside '{"unified":{"pids.max":"7"},"pids":{"limit":9}}' pids.max)" 7
# One of the two files has the weight, as it is or converted
weights=$(inside '{"blockIO":{"weight":500}}' io.bfq.weight io.weight 2> /run/err || true)
case "$weights" in *500* | *4950*) ;; *) echo "weights: $weights"; cat /run/err; exit 1 ;; esac

# What v2 cannot do is refused
refuses '{"memory":{"swappiness":10}}' 'memory.swappiness'
refuses '{"memory":{"limit":67108864,"disableOOMKiller":true}}' 'memory.disableOOMKiller'
refuses '{"cpu":{"realtimeRuntime":1000}}' 'cpu.realtimeRuntime'
refuses '{"blockIO":{"leafWeight":100}}' 'blockIO.leafWeight'
refuses '{"network":{"classID":1}}' 'network.classID'
refuses '{"unified":{"nosuch.file":"1"}}' 'no cgroup controller "nosuch"'
refuses '{"unified":{"memory.nosuch":"1"}}' 'memory.nosuch: ENOENT'
refuses '{"unified":{"../x":"1"}}' 'expected a cgroup v2 file'
refuses '{"cpu":{"quota":10000,"burst":20000}}' 'cpu.burst'
refuses '{"memory":{"swap":67108864}}' 'needs a memory limit'
config r1 '{"memory":{"kernelTCP":67108864}}' true | mydocker-init run 2> /run/err
grep -q 'kernelTCP is ignored' /run/err

# Devices: the program lets through what is listed and the default devices, and nothing else
devices() { config r1 "{\"devices\":$1}" sh -c "$2; true" | mydocker-init run 2> /run/err; }
denied() { grep -qE "$1'?: Operation not permitted" /run/err || { cat /run/err; return 1; }; }
deny='{"allow":false,"access":"rwm"}'
numbers="\"type\":\"b\",\"major\":${disk%:*},\"minor\":${disk#*:}"
expect "$(devices "[$deny]" 'head -c 1 /dev/zero > /dev/null && echo zero; head -c 1 /dev/disk > /dev/null && echo disk')" zero
denied /dev/disk
expect "$(devices "[$deny,{\"allow\":true,$numbers,\"access\":\"r\"}]" 'head -c 1 /dev/disk > /dev/null && echo read; (: >> /dev/disk) && echo opened')" read
grep -q "can't create /dev/disk: Operation not permitted" /run/err
# Making a node is allowed, using it is another matter
expect "$(devices "[$deny]" "mknod /tmp/disk b ${disk%:*} ${disk#*:} && echo made; cat /tmp/disk")" made
denied /tmp/disk
rm rootfs/tmp/disk
# Later rules win
expect "$(devices "[$deny,{\"allow\":true,\"type\":\"b\",\"access\":\"rwm\"},{\"allow\":false,$numbers,\"access\":\"r\"}]" '(: >> /dev/disk) && echo opened; head -c 1 /dev/disk')" opened
denied /dev/disk
# No rules, no limit
expect "$(devices '[]' 'head -c 1 /dev/disk > /dev/null && echo read')" read

# mydocker-cgroup attaches it too, for whichever runtime joins; a second time replaces it
rules() { echo "{\"ociVersion\":\"1.2.0\",\"annotations\":{\"io.mydocker.id\":\"r2\"},\"linux\":{\"resources\":{\"devices\":$1}}}"; }
reads() { sh -c "echo 0 > $top/r2/cgroup.procs; exec head -c 1 /dev/vda" > /dev/null 2>&1 && echo yes || echo no; }
rules "[$deny]" | mydocker-cgroup apply > /dev/null
expect "$(reads)" no
rules '[{"allow":true}]' | mydocker-cgroup apply > /dev/null
expect "$(reads)" yes
mydocker-cgroup remove r2
rules "[$deny]" | mydocker-cgroup apply --dry-run | sh
expect "$(reads)" no
mydocker-cgroup remove r2

# Pause: every process of the container, those of exec too; KILL ends a paused one
start() { config "$@" | mydocker-init create > /run/out 2>&1 < /dev/stdin; mydocker-init start "$1"; }
start r3 "{\"memory\":{\"limit\":67108864,\"swap\":67108864},\"devices\":[$deny]}" sleep 1000
mydocker-init exec --detach r3 sh -c 'n=0; while :; do n=$((n+1)); echo $n > /tmp/n; done'
mydocker-init pause r3
expect "$(mydocker-init state r3 | jq -r .status)" paused
grep -q 'frozen 1' $top/r3/cgroup.events
before=$(cat rootfs/tmp/n); sleep 1; expect "$(cat rootfs/tmp/n)" "$before"
refused mydocker-init pause r3
refused mydocker-init exec r3 true
mydocker-init resume r3
expect "$(mydocker-init state r3 | jq -r .status)" running
refused mydocker-init resume r3

# Update: up and down, memory with swap; the device program is replaced under a running process
limits() { cat $top/r3/memory.max $top/r3/memory.swap.max | paste -sd ' '; }
mydocker-init update --memory 128m --memory-swap 256m --pids-limit 40 --cpu-quota 20000 --cpu-share 512 r3
expect "$(limits)" "134217728 134217728"
expect "$(cat $top/r3/pids.max) $(cat $top/r3/cpu.max) $(cat $top/r3/cpu.weight)" "40 20000 100000 20"
mydocker-init update --cpu-period 50000 r3
expect "$(cat $top/r3/cpu.max)" "20000 50000"
echo '{"memory":{"limit":33554432,"swap":50331648,"kernel":0},"cpu":{"shares":0,"cpus":""}}' | mydocker-init update --resources=- r3
expect "$(limits)" "33554432 16777216"
expect "$(cat $top/r3/cpu.weight)" 20
# The swap limit is memory plus swap: a larger memory limit leaves less of it
mydocker-init update --memory 40m r3
expect "$(limits)" "41943040 8388608"
refused mydocker-init update --memory 64m r3
expect "$(limits)" "41943040 8388608"
refused mydocker-init update --pids-limit 50 --cpuset-cpus 4000 r3 2> /run/err
grep -q 'the limits are as before' /run/err
expect "$(cat $top/r3/pids.max)" 40
echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' | refused mydocker-init update -r - r3 2> /run/err
grep -q 'bytes are in use' /run/err
reads() { mydocker-init exec r3 head -c 1 /dev/disk > /dev/null 2>&1 && echo yes || echo no; }
expect "$(reads)" no
echo "{\"devices\":[{\"allow\":false},{\"allow\":true,$numbers}]}" | mydocker-init update -r - r3
expect "$(reads)" yes
echo '{"devices":[{"allow":false}]}' | mydocker-init update -r - r3
expect "$(reads)" no

# Events: the usage in runc's shape, and a kill for lack of memory
mydocker-init events --stats r3 > /run/stats
expect "$(jq -c '[.type, .id, .data.memory.usage.limit, .data.pids.limit]' /run/stats)" '["stats","r3",41943040,40]'
expect "$(jq -c '.data | keys_unsorted' /run/stats)" '["cpu","cpuset","memory","pids","blkio","hugetlb","intel_rdt","network_interfaces"]'
[ "$(jq .data.cpu.usage.total /run/stats)" -gt 0 ]
mydocker-init update --memory-swap 40m r3
mydocker-init events --interval 200ms r3 > /run/events & events=$!
mydocker-init exec r3 tail /dev/zero || true
mydocker-init pause r3
mydocker-init kill r3 KILL
wait $events
expect "$(jq -r .type /run/events | sort -u | paste -sd ' ')" "oom stats"
mydocker-init delete r3
[ ! -e $top/r3 ]

# A cgroup with processes, or a frozen one, is no place for a container
mkdir -p $top/taken
sh -c "echo 0 > $top/taken/cgroup.procs; exec sleep 1000" & holder=$!
until grep -q . $top/taken/cgroup.procs; do sleep 0.1; done
taken() { config r4 '{}' true | jq -c '.linux.cgroupsPath = "/mydockervm/taken"' | mydocker-init run 2> /run/err; }
refused taken
grep -q 'is not empty' /run/err
kill -0 $holder
kill $holder; wait $holder || true
echo 1 > $top/taken/cgroup.freeze
refused taken
grep -q 'is frozen' /run/err
echo 0 > $top/taken/cgroup.freeze
taken
[ ! -e $top/taken ]

mydocker-cgroup gc
[ ! -e $top ]
expect "$(systemctl is-system-running)" running
