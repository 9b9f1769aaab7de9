# mydocker-cgroup on cgroup v2: limits are written, read back, enforced, and gone afterwards.
. ./lib.sh
export MYDOCKER_PREFIX=mydockervm
top=/sys/fs/cgroup/mydockervm
config='{"ociVersion":"1.2.0","annotations":{"io.mydocker.id":"c1"},"linux":{"resources":{"devices":[{"allow":false}]}}}'
apply() { echo "$config" | mydocker-cgroup apply "$@"; }
inside() { sh -c "echo 0 > $top/c1/cgroup.procs && $1"; }

# Read back
apply -m 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 1024 --cpuset-cpus 1 --pids-limit 20 > /run/out.json
expect "$(jq -r .linux.cgroupsPath /run/out.json)" /mydockervm/c1
expect "$(cat $top/c1/memory.max)" $((64 << 20))
expect "$(cat $top/c1/memory.swap.max)" $((32 << 20))
expect "$(cat $top/c1/memory.low)" $((32 << 20))
expect "$(cat $top/c1/cpu.max)" "50000 100000"
expect "$(cat $top/c1/cpu.weight)" 39
expect "$(cat $top/c1/cpuset.cpus)" 1
expect "$(cat $top/c1/pids.max)" 20
expect "$(inside nproc)" 1
expect "$(mydocker-cgroup show --all c1 | grep -c /memory.max)" 1

# Enforced: processor time
inside 'timeout 3 sh -c "while :; do :; done"' || true
[ "$(awk '$1 == "nr_throttled" { print $2 }' $top/c1/cpu.stat)" -gt 0 ]
mydocker-cgroup remove c1
[ ! -e $top/c1 ]
mydocker-cgroup remove c1

# Enforced: memory
apply -m 16m --memory-swap 16m > /dev/null
code=0; inside 'exec tail /dev/zero' || code=$?
expect $code 137
mydocker-cgroup remove c1

# Enforced: processes
apply --pids-limit 5 > /dev/null
inside 'for n in 1 2 3 4 5 6 7 8; do sleep 50 >/dev/null 2>&1 & done' 2> /run/err || true
grep -q 'Cannot fork' /run/err
refused mydocker-cgroup remove c1
mydocker-cgroup remove --kill c1

# A limit the kernel refuses leaves nothing; neither does one that makes no sense
mydocker-cgroup gc
config='{"ociVersion":"1.2.0","annotations":{"io.mydocker.id":"c1"},"linux":{"resources":{"cpu":{"cpus":"8000"}}}}'
refused apply
[ ! -e $top ]
refused apply -m 5m

# What --dry-run prints does what apply does, and gc takes it
config='{"ociVersion":"1.2.0","annotations":{"io.mydocker.id":"c1"}}'
apply -m 64m --pids-limit 7 --dry-run | sh
expect "$(cat $top/c1/memory.max)" $((64 << 20))
expect "$(cat $top/c1/pids.max)" 7
expect "$(mydocker-cgroup gc)" "cgroup /mydockervm/c1"
[ ! -e $top ]

# systemd has lost nothing of its own
expect "$(systemctl is-system-running)" running
printf '[Service]\nType=oneshot\nMemoryMax=64M\nExecStart=/bin/true\n' > /run/systemd/system/probe.service
systemctl start probe
