# Ports of a network without IPv6 at [::1]: a program of eBPF on the top cgroup, which only a host with cgroup v2 alone has.
. ./lib.sh

shim=/payload/work/dist/libexec/mydocker/mydocker-shim
# What the program has; nothing also where there is none.
served() { "$shim" loopback6 --cgroup /sys/fs/cgroup --name mydocker_6 list | sort | xargs; }
# How many programs the kernel has there for connect(2), whoever's: BPF_PROG_QUERY is 16, BPF_CGROUP_INET6_CONNECT 11, and bpf(2) 321 on x86-64.
programs() {
  perl -e 'open(my $cgroup, "<", "/sys/fs/cgroup") or die; my $ids = "\0" x 256;
    my $query = pack("LLLLQLLQ", fileno($cgroup), 11, 0, 0, unpack("Q", pack("P", $ids)), 64, 0, 0);
    syscall(321, 16, $query, length $query) == 0 or die "bpf: $!"; print unpack("x24 L", $query), "\n"'
}

# server tcp|udp ADDRESS PORT TEXT [COMMAND...]: answers with the text, in the namespace that the command leads to
servers=
server() {
  rm -f /run/ready
  "${@:5}" perl -MSocket=:DEFAULT,inet_pton -e '
    my ($protocol, $address, $port, $text) = @ARGV;
    my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
    socket(my $socket, $family, $protocol eq "tcp" ? SOCK_STREAM : SOCK_DGRAM, 0) or die "socket: $!";
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
    my $binary = inet_pton($family, $address);
    bind($socket, $family == AF_INET6 ? pack_sockaddr_in6($port, $binary) : pack_sockaddr_in($port, $binary)) or die "bind: $!";
    $protocol eq "udp" or listen($socket, 5) or die "listen: $!";
    open(my $ready, ">", "/run/ready");
    while ($protocol eq "udp") { my $from = recv($socket, my $data, 99, 0); send($socket, "$text\n", 0, $from); }
    while (accept(my $client, $socket)) { syswrite($client, "$text\n"); close($client); }' "${@:1:4}" &
  servers="$servers $!"
  for _ in $(seq 50); do if [ -e /run/ready ]; then return; fi; sleep 0.2; done
  echo "no server: $*"; return 1
}
trap 'kill $servers 2> /dev/null || true' EXIT

# ask tcp|udp ADDRESS PORT [v6only|sendto|bound] [COMMAND...]: the answer, or why there is none
ask() {
  "${@:5}" perl -MSocket=:DEFAULT,IPPROTO_IPV6,IPV6_V6ONLY,inet_pton -e '
    my ($protocol, $address, $port, $how) = @ARGV;
    my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
    socket(my $socket, $family, $protocol eq "tcp" ? SOCK_STREAM : SOCK_DGRAM, 0) or die "socket: $!";
    my $binary = inet_pton($family, $address);
    my $to = $family == AF_INET6 ? pack_sockaddr_in6($port, $binary) : pack_sockaddr_in($port, $binary);
    sub why { my ($name) = grep { $!{$_} } keys %!; print "$name\n"; exit }
    local $SIG{ALRM} = sub { print "nothing\n"; exit };
    alarm 5;
    setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $how eq "v6only";
    bind($socket, pack_sockaddr_in6(0, $binary)) or die if $how eq "bound";
    if ($how eq "sendto") { send($socket, "?", 0, $to) or why; } else { connect($socket, $to) or why; }
    if ($protocol eq "udp" and $how ne "sendto") { send($socket, "?", 0) or why; }
    defined(sysread($socket, my $answer, 99)) or why;
    print $answer' "$1" "$2" "$3" "${4:-}"
}

# foreign attach|detach: somebody's program that wants no other beside it (attached without BPF_F_ALLOW_MULTI), and lets everything pass
foreign() {
  perl -e 'open(my $cgroup, "<", "/sys/fs/cgroup") or die;
    my ($attach, $license) = ($ARGV[0] eq "attach", "GPL\0");
    my $code = pack("CCsl" x 2, 0xb7, 0, 0, 1, 0x95, 0, 0, 0);
    my $load = pack("LLQQLLQLLa16LL", 18, 2, map(unpack("Q", pack("P", $_)), $code, $license), 0, 0, 0, 0, 0, "foreign", 0, 11);
    my $program = syscall(321, 5, $load, length $load);
    $program >= 0 or die "load: $!";
    my $change = pack("LLLL", fileno($cgroup), $attach ? $program : 0, 11, 0);
    syscall(321, $attach ? 8 : 9, $change, length $change) == 0 or die "$ARGV[0]: $!"' "$1"
}

before=$(programs)
nothing_left() {
  expect "$(served)" ""
  expect "$(programs)" "$before"
}

# run NAME OPTIONS...: a container that answers on 80/tcp and 53/udp with its name
run() {
  id=$(mydocker run -d --name "$1" "${@:2}" busybox sleep 1000)
  server tcp 0.0.0.0 80 "$1" inside
  server udp 0.0.0.0 53 "$1" inside
}
inside() { ip netns exec "mydocker-${id:0:12}" "$@"; }

everything() { # FIREWALL
  export MYDOCKER_FIREWALL=$1
  # TCP and UDP, by way of a program that looks nothing else up
  run one -p 8080:80 -p 8053:53/udp -p 127.0.0.1:8081:80 -p 0.0.0.0:8082:80
  first=$id
  expect "$(served)" "tcp/8080 udp/8053"
  expect "$(programs)" $((before + 1))
  expect "$(ask tcp 127.0.0.1 8080)" one
  expect "$(ask tcp ::1 8080)" one
  expect "$(ask udp ::1 8053)" one
  # What was bound to an address stays there, and other ports are left alone
  for port in 8081 8082; do
    expect "$(ask tcp 127.0.0.1 $port)" one
    expect "$(ask tcp ::1 $port)" ECONNREFUSED
  done
  expect "$(ask udp ::1 8080)" ECONNREFUSED
  expect "$(ask tcp ::1 8053)" ECONNREFUSED
  server tcp ::1 8090 "the host's own"
  expect "$(ask tcp ::1 8090)" "the host's own"
  # What the kernel cannot do so: connect by IPv4 from a socket that is for IPv6 alone, as one that is bound to ::1, and send so without connecting
  expect "$(ask tcp ::1 8080 v6only)" ENETUNREACH
  expect "$(ask udp ::1 8053 v6only)" ENETUNREACH
  expect "$(ask tcp ::1 8080 bound)" ENETUNREACH
  expect "$(ask udp ::1 8053 sendto)" nothing
  # A container's own [::1] is its own
  server tcp 127.0.0.1 8080 "the container's own" inside
  expect "$(ask tcp 127.0.0.1 8080 '' inside)" "the container's own"
  expect "$(ask tcp ::1 8080 '' inside)" ECONNREFUSED
  server tcp ::1 8080 "the container's own, at ::1" inside
  expect "$(ask tcp ::1 8080 '' inside)" "the container's own, at ::1"

  # Nobody sees it listed, and show tells of it
  expect "$(mydocker port one 80/tcp | xargs)" "0.0.0.0:8080 127.0.0.1:8081 0.0.0.0:8082"
  refused grep -q '\[\?::' <(mydocker ps)
  expect "$(mydocker-net show "$first" | jq -c '[.kernel.ports[] | [.port, .atLoopback6]]')" \
    '[["0.0.0.0:8080->80/tcp",true],["0.0.0.0:8053->53/udp",true],["127.0.0.1:8081->80/tcp",null],["0.0.0.0:8082->80/tcp",null]]'

  # Ports taken at [::1] alone: by a process of the host's, which is named; by nobody of the container's network
  refused mydocker run --rm -p 8090:80 busybox true 2> /run/err
  grep -q "port 8090/tcp on ::1 is already in use by the host's process \"perl\" (pid" /run/err || { cat /run/err; return 1; }
  refused mydocker run --rm -p 8090-8090:80 busybox true 2> /dev/null
  mydocker run --rm -p 127.0.0.1:8090:80 busybox true
  expect "$(ask tcp ::1 8090)" "the host's own"
  expect "$(served)" "tcp/8080 udp/8053"

  # One of two goes, the other goes on; the last one takes the program along
  run two -p 8088:80
  second=$id
  expect "$(served)" "tcp/8080 tcp/8088 udp/8053"
  expect "$(programs)" $((before + 1))
  mydocker rm -f one > /dev/null
  expect "$(served)" tcp/8088
  expect "$(ask tcp ::1 8080)" ECONNREFUSED
  expect "$(ask tcp ::1 8088)" two

  # Somebody has taken the program, or left something in it: reload and gc make it right, and say what
  "$shim" loopback6 --cgroup /sys/fs/cgroup --name mydocker_6 set > /dev/null
  expect "$(ask tcp ::1 8088)" ECONNREFUSED
  expect "$(mydocker-net show "$second" | jq '.kernel.ports[0].atLoopback6')" false
  expect "$(mydocker-net reload)" "restored [::1]:8088/tcp"
  expect "$(ask tcp ::1 8088)" two
  expect "$(mydocker-net reload)" ""
  "$shim" loopback6 --cgroup /sys/fs/cgroup --name mydocker_6 add tcp/9999
  expect "$(mydocker-net gc --dry-run)" "removed [::1]:9999/tcp"
  expect "$(served)" "tcp/8088 tcp/9999"
  expect "$(mydocker-net gc)" "removed [::1]:9999/tcp"
  expect "$(served)" tcp/8088
  expect "$(ask tcp ::1 8088)" two
  mydocker rm -f two > /dev/null
  nothing_left

  # A network with IPv6 has no need of it, and has its port at [::1] by a route; nobody else gets it there then
  MYDOCKER_SUBNET=172.29.0.0/16,fd00:29::/64 run three -p 8091:80 -p '[::1]:8092:80'
  nothing_left
  expect "$(mydocker port three | sort | xargs)" "80/tcp -> 0.0.0.0:8091 80/tcp -> [::1]:8092 80/tcp -> [::]:8091"
  server tcp "${address6:=$(inside ip -6 -br address show eth0 scope global | awk '{ sub("/.*", "", $3); print $3 }')}" 80 three-by-IPv6 inside
  expect "$(ask tcp ::1 8091)" three-by-IPv6
  expect "$(ask tcp ::1 8092)" three-by-IPv6

  # What comes by CNI is served as well
  ip netns add cni
  cni() { # COMMAND PORT
    jq -n --argjson port "$2" '{cniVersion: "1.0.0", name: "four", type: "mydocker-net", ipam: {subnet: "10.99.0.0/24"},
      runtimeConfig: {portMappings: [{hostPort: $port, containerPort: 80, protocol: "tcp"}]}}' |
      CNI_COMMAND=$1 CNI_CONTAINERID=four CNI_NETNS=/run/netns/cni CNI_IFNAME=eth0 CNI_PATH=/nowhere mydocker-net
  }
  refused cni ADD 8092 > /run/out
  grep -q 'port 8092/tcp on ::1 is already published by container' /run/out || { cat /run/out; return 1; }
  cni ADD 8093 > /dev/null
  server tcp 0.0.0.0 80 four ip netns exec cni
  expect "$(served)" tcp/8093
  expect "$(ask tcp ::1 8093)" four
  cni DEL 8093
  ip netns delete cni
  mydocker rm -f three > /dev/null
  nothing_left

  # Whoever is killed whenever: prune brings it back to clean
  for delay in 0.02 0.1 0.2 0.3 0.4 0.5 0.7 0.9; do
    setsid mydocker run -d --rm -p 8080:80 -p 8053:53/udp busybox sleep 1000 > /dev/null 2>&1 &
    pipeline=$!
    sleep $delay
    kill -9 -- -$pipeline 2> /dev/null || true
    wait $pipeline || true
  done
  pkill -9 -x mydocker-shim || true
  sleep 1
  mydocker system prune -f > /dev/null
  nothing_left
  mydocker run -d --rm -p 8080:80 busybox sleep 1000 > /dev/null
  pkill -9 -x mydocker-shim
  sleep 1
  expect "$(served)" tcp/8080
  mydocker system prune -f > /dev/null
  nothing_left
  expect "$(find /run/mydocker/net -type f)" ""

  # Where bpf(2) is not permitted nothing is done, and not even asked for again; reload has the next one served
  foreign attach
  run five -p 8080:80
  expect "$(ask tcp 127.0.0.1 8080)" five
  expect "$(ask tcp ::1 8080)" ECONNREFUSED
  expect "$(ls /run/mydocker/net/ports)" 0.0.0.0_8080_tcp
  grep -q EPERM /run/mydocker/net/no-loopback6
  mydocker rm -f five > /dev/null
  foreign detach
  run six -p 8080:80
  expect "$(ask tcp ::1 8080)" ECONNREFUSED
  expect "$(mydocker-net reload)" ""
  run seven -p 8081:80
  expect "$(ask tcp ::1 8081)" seven
  mydocker rm -f six seven > /dev/null
  nothing_left
  mydocker system prune -f > /dev/null
  expect "$(find /run/mydocker/net -type f)" ""
  kill $servers 2> /dev/null || true
  wait $servers 2> /dev/null || true
  servers=
}

echo '{"ociVersion":"1.2.0","annotations":{"io.mydocker.id":"dry"}}' | mydocker-net attach --dry-run -p 8070:80 -p 127.0.0.1:8071:80 > /run/out
grep -qx 'claim /run/mydocker/net/ports/::1_8070_tcp' /run/out
grep -qx 'mydocker-shim loopback6 --cgroup /sys/fs/cgroup --name mydocker_6 add tcp/8070' /run/out
nothing_left

everything nft
everything iptables
