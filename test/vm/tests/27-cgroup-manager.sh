# Who makes the cgroup: systemd, asked by apply through the config; or somebody who is not root, in what was delegated to them.
. ./lib.sh

# A scope with the container's limits, found by every verb, and gone with the container
id=$(mydocker run -d --name managed --network none --cgroup-manager systemd -m 64m --pids-limit 30 busybox sleep 1000)
scope=/sys/fs/cgroup/system.slice/mydocker-$id.scope
[ ! -e "/sys/fs/cgroup/mydocker/$id" ]
expect "$(systemctl is-active "mydocker-$id.scope")" active
expect "$(cat "$scope/memory.max") $(cat "$scope/pids.max")" "67108864 30"
expect "$(mydocker-cgroup list -q)" "$id"
expect "$(mydocker-cgroup stats "$id" | jq -c '.containers[0].memory.limit')" 67108864
mydocker-cgroup show "$id" | grep -q "^--memory .*67108864 (64 MiB)"
mydocker update -m 128m --memory-swap 256m managed
systemctl daemon-reload
expect "$(cat "$scope/memory.max")" 134217728
mydocker pause managed
grep -q 'frozen 1' "$scope/cgroup.events"
mydocker unpause managed
expect "$(mydocker exec managed cat /proc/self/cgroup)" "0::/"
mydocker rm -f managed
[ ! -e "$scope" ]
expect "$(systemctl is-active "mydocker-$id.scope" || true)" inactive

# What could not be written is refused before there is a scope; and a command is systemd-run's
refused mydocker run --rm --network none --cgroup-manager systemd --cpus 1000 busybox true 2> /run/err
grep -q 'range of CPUs' /run/err
refused mydocker-cgroup apply --cgroup-manager systemd -m 64m -- true 2> /run/err
grep -q 'systemd-run --scope' /run/err
refused mydocker-cgroup apply --cgroup-manager upstart < /dev/null 2> /run/err
grep -q 'expected cgroupfs or systemd' /run/err

# A service with a subtree of its own, which belongs to nobody: its processes are in a cgroup below, or nothing can be handed down
install -m 755 /dev/stdin /usr/local/bin/as-nobody <<'SCRIPT'
#!/bin/bash
set -eu
base=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
mkdir "$base/shell"
echo $$ > "$base/shell/cgroup.procs"
mydocker-cgroup apply -m 64m --pids-limit 20 -- sh -c 'cat /proc/self/cgroup; cat /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max'
code=0; mydocker-cgroup apply -m 16m --memory-swap 16m -- tail /dev/zero || code=$?
echo "code $code"
rmdir "$base/mydocker"
SCRIPT
run_as_nobody() { systemd-run --quiet --wait --pipe --collect -p User=nobody -p Delegate=yes -p Environment=PATH="$PATH" "$@"; }
run_as_nobody /usr/local/bin/as-nobody > /run/out 2> /run/err
expect "$(sed -n 1p /run/out | grep -c '/system.slice/run-.*\.service/mydocker/command-')" 1
expect "$(sed -n 2,3p /run/out | paste -sd ' ')" "67108864 code 137"
grep -q 'over its 16 MiB memory limit' /run/err
# In the cgroup that has the processes itself, the kernel says no, and we say why
code=0; run_as_nobody mydocker-cgroup apply -m 64m -- true 2> /run/err || code=$?
expect $code 125
grep -q 'moving the processes' /run/err
rm /usr/local/bin/as-nobody
expect "$(systemctl is-system-running)" running
