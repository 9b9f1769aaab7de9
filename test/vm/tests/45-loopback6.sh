# Ports of a network without IPv6 at [::1]: a program of eBPF on the top cgroup, which only a host with cgroup v2 alone has.
. ./lib.sh

shim=dist/libexec/mydocker/mydocker-shim
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
  # A container's own [::1] is its own, with IPv6 and without
  server tcp 127.0.0.1 8080 "the container's own" inside
  expect "$(ask tcp 127.0.0.1 8080 '' inside)" "the container's own"
  expect "$(ask tcp ::1 8080 '' inside)" EADDRNOTAVAIL
  inside sysctl -qw net.ipv6.conf.lo.disable_ipv6=0
  expect "$(ask tcp ::1 8080 '' inside)" ECONNREFUSED
  server tcp ::1 8080 "the container's own, at ::1" inside
  expect "$(ask tcp ::1 8080 '' inside)" "the container's own, at ::1"
}
everything nft
mydocker ps -a; mydocker port one; ls /run/mydocker/net/ports; mydocker-net show $first
mydocker rm -f one
nothing_left
