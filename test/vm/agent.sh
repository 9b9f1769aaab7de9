#!/bin/bash
# Runs in the VM. A line in is `<number> <command in base64>`, a line out `<number> <exit code> <stdout> <stderr>`, both of
# the latter in base64, so that no byte of them can be taken for the frame. `ready` is said once at each boot.
set -u
port=/dev/virtio-ports/mydocker
# udev may be later than we are in giving it its name.
until [ -e $port ]; do sleep 0.1; done
exec 3<>$port || exit 1
export PATH=/payload/work/dist/bin:/payload/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /payload/work 2>/dev/null || cd /root || exit 1
echo ready >&3
while read -r number command <&3; do
  bash -c "$(base64 -d <<<"$command")" >/run/agent.out 2>/run/agent.err </dev/null 3>&-
  code=$?
  printf '%s %d %s %s\n' "$number" "$code" "-$(base64 -w0 /run/agent.out)" "-$(base64 -w0 /run/agent.err)" >&3
done
