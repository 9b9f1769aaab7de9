# The front end's part of limits on cgroup v2: update, stats, pause, devices, created containers and their start.
. ./lib.sh
field() { mydocker inspect -f "$1" web; }

id=$(mydocker create --name web -m 64m --cpus 0.5 --device /dev/zero:/dev/nought:r busybox \
  sh -c 'head -c 1 /dev/nought | wc -c; dd if=/dev/zero of=/dev/shm/held bs=1M count=20 2>/dev/null; echo held; while :; do :; done')
[ ! -e "/sys/fs/cgroup/mydocker/$id" ]
expect "$(mydocker ps -a --format '{{.Status}}')" Created
expect "$(mydocker start web)" web
until mydocker logs web | grep -q held; do sleep 1; done
expect "$(mydocker logs web | head -n 1)" 1

# Changed at once, and shown
mydocker update -m 128m --memory-swap 128m --pids-limit 40 --cpus 0.25 web
expect "$(cat /sys/fs/cgroup/mydocker/$id/memory.max)" $((128 << 20))
expect "$(cat /sys/fs/cgroup/mydocker/$id/pids.max)" 40
expect "$(cat /sys/fs/cgroup/mydocker/$id/cpu.max)" "25000 100000"
expect "$(field '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}}')" "134217728 40 250000000"
refused mydocker update -m 1m web
refused mydocker update --memory-swappiness 5 web
expect "$(cat /sys/fs/cgroup/mydocker/$id/memory.max)" $((128 << 20))

# Within 5 % of the kernel's own numbers
mydocker stats --no-stream --format json web > /run/stats.json
used=$(jq -r '.MemUsage | sub("MiB / 128MiB"; "")' /run/stats.json)
inactive=$(awk '$1 == "inactive_file" { print $2 }' /sys/fs/cgroup/mydocker/$id/memory.stat)
awk -v used="$used" -v current="$(cat /sys/fs/cgroup/mydocker/$id/memory.current)" -v inactive="$inactive" \
  'BEGIN { expected = (current - inactive) / 1048576; exit !(used > expected * 0.95 && used < expected * 1.05) }'
expect "$(jq -r .PIDs /run/stats.json)" 1
jq -e '.CPUPerc | sub("%"; "") | tonumber | . > 5 and . < 35' /run/stats.json > /dev/null

# Still, and on
mydocker pause web
expect "$(cat /sys/fs/cgroup/mydocker/$id/cgroup.freeze)" 1
expect "$(mydocker ps --format '{{.State}}')" paused
refused mydocker exec web true
mydocker unpause web
expect "$(cat /sys/fs/cgroup/mydocker/$id/cgroup.freeze)" 0
mydocker pause web
mydocker rm -f web

# Started again with what update has left
mydocker create --name web -m 64m busybox cat /sys/fs/cgroup/memory.max
mydocker update -m 32m web
expect "$(mydocker start -a web)" $((32 << 20))
expect "$(mydocker start -a web)" $((32 << 20))
mydocker rm web
expect "$(find /sys/fs/cgroup/mydocker -mindepth 1 -type d 2> /dev/null | wc -l)" 0
