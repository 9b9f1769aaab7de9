# The whole of mydocker on cgroup v2 under systemd: run, publish, exec, limits, stop, and a clean host afterwards.
. ./lib.sh

# What the host looks like to its owner; must be the same before and after.
# Not /run/netns: named network namespaces of all tools are there, and iproute2 leaves that mount as well.
host() {
  ip -br link | awk '{ print $1 }'
  ip netns list
  nft list ruleset
  findmnt -rno TARGET | grep -vx /run/netns | sort
  find /sys/fs/cgroup -maxdepth 1 -type d | sort
  pgrep -a mydocker || true
}
host > /run/before

# Detached, published, limited
id=$(mydocker run -d --name web -p 8080:80 -m 64m --cpus 0.5 busybox \
  sh -c 'mkdir /www && echo hello > /www/index.html && exec httpd -f -h /www')
expect "${#id}" 64
address=$(ip -4 -br addr show dev ens3 | awk '{ split($3, part, "/"); print part[1] }')
fetch() { for _ in 1 2 3 4 5 6 7 8 9 10; do busybox wget -qO- "$1" && return; sleep 1; done; return 1; }
expect "$(fetch http://127.0.0.1:8080/)" hello
expect "$(fetch "http://$address:8080/")" hello
expect "$(mydocker exec web cat /proc/1/cgroup)" "0::/"
expect "$(cat /sys/fs/cgroup/mydocker/$id/memory.max)" $((64 << 20))
expect "$(cat /sys/fs/cgroup/mydocker/$id/cpu.max)" "50000 100000"
mydocker ps | grep -q web
code=0; mydocker exec web sh -c 'exit 3' || code=$?
expect $code 3

# The kernel kills what goes over its memory
code=0; mydocker run --rm -m 16m --memory-swap 16m busybox tail /dev/zero || code=$?
expect $code 137

# Exit codes
code=0; mydocker run --rm busybox sh -c 'exit 7' || code=$?
expect $code 7
code=0; mydocker run --rm busybox no-such-command 2> /dev/null || code=$?
expect $code 127

# A stage that fails leaves nothing of the stages before it
refused mydocker run -d --name greedy -m 1m busybox sleep 1
refused mydocker run -d --name taken -p 8080:80 busybox sleep 1
expect "$(mydocker ps -aq | wc -l)" 1

mydocker stop -t 1 web
mydocker rm web

# Killed with nobody to clean up: the monitor takes its container with it, prune takes the rest
id=$(mydocker run -d --rm -p 8080:80 -m 64m busybox sleep 1000)
[ -e "/sys/fs/cgroup/mydocker/$id" ]
pkill -9 -x mydocker-shim
sleep 1
mydocker system prune -f
host > /run/after
diff /run/before /run/after
expect "$(systemctl is-system-running)" running
