# After a reboot, clean or not: nothing of ours in the kernel, the records say what docker's would, and all can be used again.
. ./lib.sh

# The kernel has nothing of ours, nor does anything start by itself
expect "$(find /sys/fs/cgroup -name 'mydocker*' -not -path '*/mydocker-vm.service*')" ""
expect "$(ip -br link | awk '/^(mydocker|md-)/')" ""
expect "$(ip netns list)" ""
expect "$(nft list ruleset)" ""
expect "$(awk '/mydocker/' /proc/self/mounts)" ""
expect "$(ps -eo comm= | awk '/^mydocker/')" ""

# The containers are there, as ended
expect "$(mydocker ps -q)" ""
mydocker ps -a --format '{{.Names}} {{.Status}}' > /run/listed
grep -q '^ended Exited (3)' /run/listed
grep -q '^kept Exited' /run/listed
grep -q '^onnet Exited' /run/listed

# Pruned, the network and the volume can be used as before
mydocker system prune -f > /dev/null
expect "$(mydocker ps -aq)" ""
expect "$(find /run/mydocker/net/ports -type f 2> /dev/null || true)" ""
mydocker network ls --format '{{.Name}}' | grep -qx apart || mydocker network create --subnet 10.99.0.0/24 apart > /dev/null
id=$(mydocker run -d --name kept -p 8080:80 -m 64m --network apart -v data:/data busybox \
  sh -c 'mkdir /www; cp /data/file /www/index.html; exec httpd -f -h /www')
for _ in 1 2 3 4 5 6 7 8 9 10; do page=$(busybox wget -qO- http://127.0.0.1:8080/) && break; sleep 1; done
expect "$page" kept
expect "$(cat /sys/fs/cgroup/mydocker/$id/memory.max)" $((64 << 20))
mydocker rm -f kept > /dev/null
mydocker network rm apart > /dev/null
mydocker system prune -f > /dev/null
expect "$(find /sys/fs/cgroup -name 'mydocker*' -not -path '*/mydocker-vm.service*')" ""
expect "$(systemctl is-system-running --wait)" running
