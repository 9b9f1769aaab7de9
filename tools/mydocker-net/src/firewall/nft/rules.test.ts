import { describe, expect, it } from "vitest";
import { parseInstalled } from "./installed.ts";
import { renderAdd, renderDelete, renderTable } from "./rules.ts";

const everywhere = {
  hostIp: "0.0.0.0",
  hostPort: 8080,
  containerPort: 80,
  protocol: "tcp",
  address: "172.29.0.2",
} as const;
const local = {
  hostIp: "127.0.0.1",
  hostPort: 53,
  containerPort: 5353,
  protocol: "udp",
  address: "172.29.0.3",
} as const;

const bridge = { bridge: "mydocker0", subnet: "172.29.0.0/16", masquerade: true, isolated: true };

describe("renderTable", () => {
  it("is this text", () => {
    const text = renderTable({ prefix: "mydocker", networks: [bridge] }, [everywhere, local]);
    expect(text).toMatchInlineSnapshot(`
      "add table inet mydocker
      delete table inet mydocker
      table inet mydocker {
        map published {
          type inet_proto . inet_service : ipv4_addr . inet_service
          elements = { tcp . 8080 : 172.29.0.2 . 80 }
        }
        map published6 {
          type inet_proto . inet_service : ipv6_addr . inet_service
        }
        map bound {
          type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
          elements = { 127.0.0.1 . udp . 53 : 172.29.0.3 . 5353 }
        }
        map bound6 {
          type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service
        }
        set bridges {
          type ifname
          elements = { "mydocker0" }
        }
        set isolated {
          type ifname
          elements = { "mydocker0" }
        }
        set internal {
          type ifname
        }
        set within {
          type ifname . ifname
          elements = { "mydocker0" . "mydocker0" }
        }
        chain guard {
          type filter hook prerouting priority raw; policy accept;
          iifname @bridges ip daddr 127.0.0.0/8 drop
          iifname @bridges ip saddr 127.0.0.0/8 drop
        }
        chain prerouting {
          type nat hook prerouting priority dstnat; policy accept;
          ip daddr 127.0.0.0/8 return
          jump publish
        }
        chain output {
          type nat hook output priority -100; policy accept;
          jump publish
        }
        chain publish {
          dnat ip to ip daddr . meta l4proto . th dport map @bound
          dnat ip6 to ip6 daddr . meta l4proto . th dport map @bound6
          meta nfproto ipv4 fib daddr type local dnat ip to meta l4proto . th dport map @published
          meta nfproto ipv6 fib daddr type local dnat ip6 to meta l4proto . th dport map @published6
        }
        chain postrouting {
          type nat hook postrouting priority srcnat; policy accept;
          ip saddr 172.29.0.0/16 oifname != "mydocker0" masquerade
          ip saddr 172.29.0.0/16 oifname "mydocker0" ct status dnat masquerade
          ip saddr 127.0.0.0/8 oifname @bridges masquerade
          ip6 saddr ::1 oifname @bridges masquerade
        }
        chain forward {
          type filter hook forward priority filter; policy accept;
          ct state established,related accept
          meta iifname . meta oifname @within accept
          iifname @internal drop
          oifname @internal drop
          ct status dnat accept
          oifname @isolated drop
        }
      }
      "
    `);
  });

  it("leaves empty maps without elements, which nft refuses", () => {
    const open = { ...bridge, isolated: false };
    const text = renderTable({ prefix: "t", networks: [open] }, []);
    expect(text).toContain("  set isolated {\n    type ifname\n  }\n");
    expect(text).not.toContain("set published {\n    elements");
  });

  it("has IPv6 where a network has it", () => {
    const dual = { ...bridge, subnet6: "fd00:29::/64" };
    const six = { ...everywhere, hostIp: "::", address: "fd00:29::2" };
    const text = renderTable({ prefix: "t", networks: [dual] }, [everywhere, six, { ...six, hostIp: "::1" }]);
    expect(text).toContain("elements = { tcp . 8080 : fd00:29::2 . 80 }");
    expect(text).toContain("elements = { ::1 . tcp . 8080 : fd00:29::2 . 80 }");
    expect(text).toContain('ip6 saddr fd00:29::/64 oifname != "mydocker0" masquerade');
  });

  it("lets nothing in or out of an internal network", () => {
    const text = renderTable({ prefix: "t", networks: [{ ...bridge, internal: true }] }, []);
    expect(text).toContain('  set internal {\n    type ifname\n    elements = { "mydocker0" }');
  });

  it("has each network in its sets, and hides the addresses of those that ask for it", () => {
    const second = { bridge: "mb-1", subnet: "10.1.0.0/24", masquerade: false, isolated: false };
    const text = renderTable({ prefix: "t", networks: [bridge, second] }, []);
    expect(text).toContain('elements = { "mydocker0", "mb-1" }');
    expect(text).toContain('elements = { "mydocker0" . "mydocker0", "mb-1" . "mb-1" }');
    expect(text).not.toContain('ip saddr 10.1.0.0/24 oifname != "mb-1" masquerade');
    expect(text).toContain('ip saddr 10.1.0.0/24 oifname "mb-1" ct status dnat masquerade');
  });
});

it("adds all ports in one transaction", () => {
  expect(renderAdd("t", [everywhere, local])).toBe(
    "add element inet t published { tcp . 8080 : 172.29.0.2 . 80 }; add element inet t bound { 127.0.0.1 . udp . 53 : 172.29.0.3 . 5353 }",
  );
});

it("deletes by key", () => {
  expect(renderDelete("t", [everywhere, local])).toBe(
    "delete element inet t published { tcp . 8080 }; delete element inet t bound { 127.0.0.1 . udp . 53 }",
  );
});

it("reads the ports out of nft's JSON", () => {
  const json = JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6" } },
      { table: { family: "ip", name: "t" } },
      { map: { name: "published", elem: [[{ concat: ["tcp", 8080] }, { concat: ["172.29.0.2", 80] }]] } },
      { map: { name: "bound", elem: [[{ concat: ["127.0.0.1", "udp", 53] }, { concat: ["172.29.0.3", 5353] }]] } },
      { map: { name: "published6", elem: [[{ concat: ["tcp", 8080] }, { concat: ["fd00::2", 80] }]] } },
      { map: { name: "bound6", elem: [[{ concat: ["::1", "tcp", 81] }, { concat: ["fd00::2", 80] }]] } },
      { map: { name: "empty" } },
      { chain: { name: "guard" } },
    ],
  });
  expect(parseInstalled(json).ports).toEqual([
    { hostIp: "0.0.0.0", protocol: "tcp", hostPort: 8080 },
    { hostIp: "127.0.0.1", protocol: "udp", hostPort: 53 },
    { hostIp: "::", protocol: "tcp", hostPort: 8080 },
    { hostIp: "::1", protocol: "tcp", hostPort: 81 },
  ]);
});
