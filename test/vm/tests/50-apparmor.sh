# AppArmor: the command and what is executed beside it are confined to the config's profile, whatever the image makes of /proc.
. ./lib.sh
export MYDOCKER_PREFIX=mydockervm
bundle=/root/confined
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/procfs $bundle/rootfs/dev $bundle/rootfs/tmp
cp /bin/busybox $bundle/rootfs/bin/
for applet in sh cat sleep touch; do ln -s busybox $bundle/rootfs/bin/$applet; done
cd $bundle

expect "$(cat /sys/module/apparmor/parameters/enabled)" Y
cat >profile <<'END'
profile mydocker-vm flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  signal,
  deny /tmp/denied w,
}
END
apparmor_parser -r profile

# config ID PROFILE SCRIPT
config() {
  jq -cn --arg id "$1" --arg profile "$2" --arg script "$3" '{
    ociVersion: "1.3.0", root: {path: "/root/confined/rootfs"},
    process: {
      cwd: "/", user: {uid: 0, gid: 0}, args: ["sh", "-c", $script], env: ["PATH=/bin"],
      apparmorProfile: $profile
    },
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]}
    ],
    linux: {namespaces: ["pid", "mount", "uts", "ipc", "network", "cgroup"] | map({type: .})},
    annotations: {"io.mydocker.id": $id}
  }'
}
current='cat /proc/self/attr/current'
attempt='touch /tmp/allowed && echo allowed; touch /tmp/denied 2>/dev/null || echo denied'

# run
expect "$(config a1 mydocker-vm "$current" | mydocker-init run)" "mydocker-vm (enforce)"
expect "$(config a2 mydocker-vm "$attempt" | mydocker-init run | tr '\n' ' ')" "allowed denied "
rm -f rootfs/tmp/allowed

# Without a profile, and with the one that is none
expect "$(config a3 '' "$current" | mydocker-init run)" unconfined
expect "$(config a4 unconfined "$current" | mydocker-init run)" unconfined

# With no_new_privs, with a user and without capabilities
confined() { jq -c '.process += {noNewPrivileges: true, user: {uid: 33, gid: 33}, capabilities: {}}'; }
expect "$(config a5 mydocker-vm "$current" | confined | mydocker-init run)" "mydocker-vm (enforce)"

# CVE-2019-16884: a volume on /proc, where the profile would be written, and the procfs to look at elsewhere
moved() { jq -c '.mounts = [{destination: "/proc", type: "tmpfs", source: "tmpfs"}, {destination: "/procfs", type: "proc", source: "proc"}] + .mounts[1:]'; }
expect "$(config a6 mydocker-vm 'cat /procfs/self/attr/current' | moved | mydocker-init run)" "mydocker-vm (enforce)"

# create, start, exec: a process beside it has the container's profile; a startContainer hook has it, too
hooked() { jq -c '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat /proc/self/attr/current >/tmp/hook"], env: ["PATH=/bin"]}]'; }
config a7 mydocker-vm "$current >/tmp/init; sleep 1000" | hooked >config.json
mydocker-init create --bundle . a7 </dev/null >/dev/null 2>&1
mydocker-init start a7
expect "$(mydocker-init exec a7 sh -c "$current")" "mydocker-vm (enforce)"
expect "$(mydocker-init exec a7 sh -c "$attempt" | tr '\n' ' ')" "allowed denied "
expect "$(cat rootfs/tmp/hook)" "mydocker-vm (enforce)"
expect "$(cat rootfs/tmp/init)" "mydocker-vm (enforce)"
# A volume over /proc of the running container does not mislead exec
mydocker-init exec a7 sh -c 'busybox mount -t tmpfs tmpfs /proc' 2>/dev/null || true
mydocker-init exec a7 sh -c 'touch /tmp/denied' 2>/dev/null && { echo "exec was not confined"; exit 1; }
mydocker-init delete --force a7

# A profile that is not loaded: an error that names it, and nothing is left
code=0; message=$(config a8 no-such-profile true | mydocker-init run 2>&1) || code=$?
expect $code 125
case $message in *process.apparmorProfile*no-such-profile*ENOENT*apparmor_parser*) ;; *) echo "$message"; exit 1;; esac
[ ! -e /run/mydocker/init/a8 ]
apparmor_parser -R profile
