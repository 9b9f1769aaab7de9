import { writeFileSync } from "node:fs";
import { ANNOTATION } from "@mydocker/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeNetworkSandbox, type NetworkSandbox } from "./network-sandbox.ts";

let sandbox: NetworkSandbox;
let chains: string;
beforeEach(() => {
  sandbox = makeNetworkSandbox();
  chains = sandbox.paths.prefix.toUpperCase();
  sandbox.env.MYDOCKER_SUBNET = `${sandbox.network}.0/24,fd29:213::/64`;
});
afterEach(() => sandbox.cleanUp());

/** What the scripts below call. */
const FUNCTIONS = `
  attach() { sed "s/ID/$1/g" "$CONFIG" | mydocker-net attach "\${@:2}" > /dev/null; }
  rules() { { iptables-save; ip6tables-save; nft list ruleset; } 2>/dev/null | grep -ci "$MYDOCKER_PREFIX" || true; }
`;

/** Runs a script on a host of its own, as far as networks go: in the host's namespace a flush would be everybody's. */
async function onOwnHost(script: string): Promise<string[]> {
  const config = `${sandbox.directory}/config.json`;
  writeFileSync(
    config,
    JSON.stringify({
      ociVersion: "1.2.0",
      linux: { namespaces: [{ type: "network" }] },
      annotations: { [ANNOTATION.id]: "ID" },
    }),
  );
  writeFileSync(
    `${sandbox.directory}/script`,
    `set -e; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run; ip link set lo up; CONFIG=${config}; ${FUNCTIONS}${script}`,
  );
  const { code, stdout, stderr } = await sandbox.shell(
    `exec unshare --net --mount bash ${sandbox.directory}/script 2>&1`,
  );
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("reload", () => {
  const flush = {
    nft: "nft flush ruleset",
    iptables: "for t in raw mangle nat filter; do iptables -t $t -F; iptables -t $t -X; done",
  };
  const lose = { nft: "nft flush map inet $P published6", iptables: "ip6tables -t nat -F $C-DNAT" };
  const add = {
    nft: "nft 'add element inet '$P' published { tcp . 99 : 10.0.0.1 . 80 }'",
    iptables: "iptables -t nat -A $C-DNAT -p tcp --dport 99 -j DNAT --to-destination 10.0.0.1:80",
  };

  it.each(["nft", "iptables"] as const)(
    "puts back what is lost, and takes away what is stale: %s",
    async (firewall) => {
      const title = { nft: `table inet ${sandbox.paths.prefix}`, iptables: `chains ${chains}-*` }[firewall];
      const lines = await onOwnHost(`
      P=$MYDOCKER_PREFIX; C=${chains}; export MYDOCKER_FIREWALL=${firewall}
      mydocker-net reload; attach a -p 80:80 -p 127.0.0.1:81:81/udp; mydocker-net reload
      ${flush[firewall]}; echo flushed; mydocker-net reload; mydocker-net reload
      ${lose[firewall]}; echo lost; mydocker-net reload; mydocker-net reload
      ${add[firewall]}; echo added; mydocker-net reload; mydocker-net reload
      echo 0 > /proc/sys/net/ipv4/ip_forward; echo off; mydocker-net reload; cat /proc/sys/net/ipv4/ip_forward`);
      const sections = lines.join("\n").split(/\n(?=flushed|lost|added|off)/);
      expect(sections[0]).toMatch(/^flushed\nrestored firewall /);
      expect(sections[0]).toContain("0.0.0.0:80/tcp");
      expect(sections[0]).toContain("127.0.0.1:81/udp");
      expect(sections.slice(1)).toEqual([
        `lost\nrestored firewall ${title}: :::80/tcp`,
        `added\nremoved firewall element 0.0.0.0:99/tcp\nrestored firewall ${title}`,
        "off\nrestored forwarding\n1",
      ]);
    },
  );
});

it("moves everything over where another program is to have it, and detaches from where it is", async () => {
  const lines = await onOwnHost(`
    ports() { iptables-save -t nat | grep -c -- '-A ${chains}-DNAT' || true; nft list map inet $MYDOCKER_PREFIX published 2>/dev/null | grep -o 'tcp [.]' | wc -l; }
    attach a -p 80:80 --firewall iptables; ports
    attach b -p 81:80; ports
    attach c -p 82:80 --firewall nft; ports
    MYDOCKER_FIREWALL=iptables mydocker-net gc --dry-run | grep -c restored
    mydocker-net detach a; mydocker-net detach b; nft list map inet $MYDOCKER_PREFIX published | grep -o 'tcp . 8.'
    attach d -p 83:80 --firewall iptables; mydocker-net detach c; mydocker-net detach d; ports
    mydocker-net gc > /dev/null; rules`);
  expect(lines).toEqual(["1", "0", "2", "0", "0", "3", "1", "tcp . 82", "0", "0", "0"]);
});

it("leaves foreign rules as they are", async () => {
  const lines = await onOwnHost(`
    nft add table inet foreign; nft 'add chain inet foreign c { type filter hook forward priority 5; }'; nft add rule inet foreign c tcp dport 7 accept
    for p in iptables ip6tables; do for t in raw mangle nat filter; do $p -t $t -A PREROUTING -j ACCEPT 2>/dev/null || $p -t $t -A INPUT -j ACCEPT; done; $p -A FORWARD -p tcp --dport 9 -j ACCEPT; done
    look() { { iptables-save; ip6tables-save; nft list table inet foreign; } | grep -v '^#' | sed 's/\\[.*\\]//'; }
    look > /run/before
    for firewall in nft iptables; do
      attach a -p 80:80 --firewall $firewall; attach b --firewall $firewall
      mydocker-net reload; mydocker-net detach a; mydocker-net detach b; mydocker-net gc > /dev/null
      look | diff /run/before - && echo same; rules
    done`);
  expect(lines).toEqual(["same", "0", "same", "0"]);
});

it("keeps the administrator's rules when its own go", async () => {
  const lines = await onOwnHost(`
    attach a -p 80:80 --firewall iptables
    iptables -t mangle -A ${chains}-USER -p tcp --dport 80 -s 192.0.2.1 -j DROP
    mydocker-net reload
    attach b --firewall nft; nft add rule inet $MYDOCKER_PREFIX-user published tcp dport 80 ip saddr 192.0.2.1 drop
    mydocker-net reload; mydocker-net detach a; mydocker-net detach b; mydocker-net gc > /dev/null
    iptables-save | grep -i $MYDOCKER_PREFIX; nft list chain inet $MYDOCKER_PREFIX-user published | grep saddr
    attach a -p 80:80; mydocker-net detach a; mydocker-net gc > /dev/null; nft list chain inet $MYDOCKER_PREFIX-user published | grep -c saddr`);
  expect(lines).toEqual([
    `:${chains}-USER - [0:0]`,
    `-A ${chains}-USER -s 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DROP`,
    "\t\ttcp dport 80 ip saddr 192.0.2.1 drop",
    "1",
  ]);
});

it("says in one line that another table drops what is forwarded, until that knows the bridge", async () => {
  const lines = await onOwnHost(`
    nft -f - <<< 'table inet theirs { chain forward { type filter hook forward priority 0; policy drop; }; }'
    attach a; mydocker-net reload; echo told
    nft insert rule inet theirs forward iifname ${sandbox.paths.prefix}0 accept; mydocker-net reload`);
  const warning = `the host's chain "forward" of table inet theirs drops what is forwarded, and with it all traffic of ${sandbox.paths.prefix}0; try: nft insert rule`;
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain(`mydocker-net attach: warning: ${warning}`);
  expect(lines[1]).toContain(`mydocker-net reload: warning: ${warning}`);
  expect(lines[2]).toBe("told");
});

it("uses iptables where there is no nft", async () => {
  const lines = await onOwnHost(`
    mkdir /run/bin; for p in bash sed ip iptables-save iptables-restore ip6tables-save ip6tables-restore; do ln -s $(type -P $p) /run/bin/$p; done
    full=$PATH; PATH=\${PATH%%:*}:/run/bin
    attach a -p 80:80; PATH=$full
    iptables-save -t nat | grep -c -- '-A ${chains}-DNAT'; nft list tables | grep -c " ${sandbox.paths.prefix}" || true
    mydocker-net detach a; mydocker-net gc > /dev/null; rm /run/bin/ip*tables-save; PATH=\${PATH%%:*}:/run/bin; attach b || echo $?`);
  expect(lines.slice(0, 2)).toEqual(["1", "0"]);
  expect(lines.slice(2)).toEqual([expect.stringContaining("neither nft nor iptables can be run; try: "), "125"]);
});

it.each([
  [["--firewall", "ufw"], {}, '--firewall: expected nft or iptables, got "ufw"'],
  [[], { MYDOCKER_FIREWALL: "pf" }, 'MYDOCKER_FIREWALL: expected nft or iptables, got "pf"'],
])("refuses a program it does not know: %j %j", async (flags, env, message) => {
  const { code, stdout, stderr } = await sandbox.tool("mydocker-net", ["attach", ...flags], {
    input: sandbox.config("a"),
    env,
  });
  expect([code, stdout]).toEqual([125, ""]);
  expect(stderr).toContain(message);
  expect(await sandbox.leftovers()).toEqual([]);
});

it("leaves nothing of either program after a change was killed at any moment", async () => {
  const lines = await onOwnHost(`
    for round in $(seq 16); do
      firewall=$([ $((round % 2)) = 0 ] && echo nft || echo iptables)
      sed s/ID/r$round/g "$CONFIG" > /run/config; { timeout -s KILL 0.0$((round * 7 % 90 + 10)) mydocker-net attach --config /run/config -p $((8000 + round)):80 --firewall $firewall || true; } > /dev/null 2>&1
      [ $((round % 3)) = 0 ] && mydocker-net detach r$round
    done
    sleep 0.3; mydocker-net gc > /dev/null; rules; find $MYDOCKER_RUN/net -type f`);
  expect(lines).toEqual(["0"]);
});
