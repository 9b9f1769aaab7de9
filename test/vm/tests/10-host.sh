# The host is what these tests are for: cgroup v2 alone, systemd as its manager.
. ./lib.sh
expect "$(stat -fc %T /sys/fs/cgroup)" cgroup2fs
expect "$(ps -o comm= -p 1)" systemd
grep -qw memory /sys/fs/cgroup/cgroup.controllers
