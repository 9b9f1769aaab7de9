# What a reboot finds: containers that run, with limits, ports, a volume and a named network; one that has ended.
. ./lib.sh
# They end when they are asked to: systemd waits a minute and a half for what does not, before it reboots.
until_asked='trap "exit 0" TERM; while :; do sleep 1; done'
mydocker ps -aq | xargs -r mydocker rm -f > /dev/null
mydocker network prune -f > /dev/null
mydocker network create --subnet 10.99.0.0/24 apart > /dev/null
mydocker run -d --name kept -p 8080:80 -m 64m --cpus 0.5 --pids-limit 50 -v data:/data busybox sh -c "echo kept > /data/file; $until_asked" > /dev/null
mydocker run -d --name onnet --network apart -p 8081:80 -m 32m busybox sh -c "$until_asked" > /dev/null
mydocker run --name ended busybox sh -c 'exit 3' > /dev/null && exit 1
mydocker run -d --rm --name passing -m 32m busybox sh -c "$until_asked" > /dev/null
expect "$(mydocker ps -q | wc -l)" 3
expect "$(find /sys/fs/cgroup/mydocker -mindepth 1 -maxdepth 1 -type d | wc -l)" 3
until [ -e /var/lib/mydocker/volumes/data ] && mydocker exec kept cat /data/file > /dev/null; do sleep 0.2; done
# What is on the disk outlives a power cut. Of what comes later something is, perhaps: nobody may stumble over it.
sync
mydocker run -d --name late -m 32m busybox sh -c "$until_asked" > /dev/null
