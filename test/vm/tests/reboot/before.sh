# What a reboot finds: containers that run, with limits, ports, a volume and a named network; one that has ended.
cd /payload/work/test/vm
. ./lib.sh
mydocker network create --subnet 10.99.0.0/24 apart > /dev/null
mydocker run -d --name kept -p 8080:80 -m 64m --cpus 0.5 --pids-limit 50 -v data:/data busybox sh -c 'echo kept > /data/file; exec sleep 100000' > /dev/null
mydocker run -d --name onnet --network apart -p 8081:80 -m 32m busybox sleep 100000 > /dev/null
mydocker run --name ended busybox sh -c 'exit 3' > /dev/null && exit 1
mydocker run -d --rm --name passing -m 32m busybox sleep 100000 > /dev/null
expect "$(mydocker ps -q | wc -l)" 3
expect "$(find /sys/fs/cgroup/mydocker -mindepth 1 -maxdepth 1 -type d | wc -l)" 3
until [ -e /var/lib/mydocker/volumes/data ] && mydocker exec kept cat /data/file > /dev/null; do sleep 0.2; done
