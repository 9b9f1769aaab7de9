import { describe, expect, it } from "vitest";
import type { Publication, RuleSet } from "../rule-set.ts";
import { admissionChain, chainsOf, renderRule } from "./rules.ts";

const everywhere: Publication = {
  hostIp: "0.0.0.0",
  hostPort: 8080,
  containerPort: 80,
  protocol: "tcp",
  address: "172.29.0.2",
};
const local: Publication = { ...everywhere, hostIp: "127.0.0.1", hostPort: 53, containerPort: 5353, protocol: "udp" };
const six: Publication = { ...everywhere, hostIp: "::", address: "fd00:29::2" };
const dual = {
  bridge: "mydocker0",
  subnet: "172.29.0.0/16",
  subnet6: "fd00:29::/64",
  masquerade: true,
  isolated: true,
};

const rulesIn = (name: string, family: 4 | 6, rules: RuleSet, publications: Publication[] = []) =>
  chainsOf(family, rules, publications).find((chain) => chain.name === name)?.rules;

describe("chainsOf", () => {
  it("is this, each family with its own ports and addresses", () => {
    const rules = { prefix: "mydocker", networks: [dual] };
    const text = ([4, 6] as const).map((family) =>
      chainsOf(family, rules, [everywhere, local, six])
        .flatMap(({ table, name, jumps, rules }) => [`${table} ${name}`, ...jumps, ...rules])
        .join("\n"),
    );
    expect(text[0]).toMatchInlineSnapshot(`
      "raw MYDOCKER-GUARD
      -A PREROUTING -m comment --comment mydocker:mydocker -j MYDOCKER-GUARD
      -A MYDOCKER-GUARD -i mydocker0 -d 127.0.0.0/8 -j DROP
      -A MYDOCKER-GUARD -i mydocker0 -s 127.0.0.0/8 -j DROP
      mangle MYDOCKER-USER
      -A PREROUTING -m comment --comment mydocker:mydocker -j MYDOCKER-USER
      nat MYDOCKER-DNAT
      -A PREROUTING ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -m comment --comment mydocker:mydocker -j MYDOCKER-DNAT
      -A OUTPUT -m addrtype --dst-type LOCAL -m comment --comment mydocker:mydocker -j MYDOCKER-DNAT
      -A MYDOCKER-DNAT -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.29.0.2:80
      -A MYDOCKER-DNAT -d 127.0.0.1 -p udp -m udp --dport 53 -j DNAT --to-destination 172.29.0.2:5353
      nat MYDOCKER-SNAT
      -A POSTROUTING -m comment --comment mydocker:mydocker -j MYDOCKER-SNAT
      -A MYDOCKER-SNAT -s 172.29.0.0/16 ! -o mydocker0 -j MASQUERADE
      -A MYDOCKER-SNAT -s 172.29.0.0/16 -o mydocker0 -m conntrack --ctstate DNAT -j MASQUERADE
      -A MYDOCKER-SNAT -s 127.0.0.0/8 -o mydocker0 -j MASQUERADE
      mangle MYDOCKER-ISOLATE
      -A FORWARD -m comment --comment mydocker:mydocker -j MYDOCKER-ISOLATE
      -A MYDOCKER-ISOLATE -o mydocker0 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
      -A MYDOCKER-ISOLATE -i mydocker0 -o mydocker0 -j RETURN
      -A MYDOCKER-ISOLATE -o mydocker0 -m conntrack --ctstate DNAT -j RETURN
      -A MYDOCKER-ISOLATE -o mydocker0 -j DROP
      filter MYDOCKER-FORWARD
      -I FORWARD 1 -m comment --comment mydocker:mydocker -j MYDOCKER-FORWARD
      -A MYDOCKER-FORWARD -o mydocker0 -j ACCEPT
      -A MYDOCKER-FORWARD -o docker0 -j RETURN
      -A MYDOCKER-FORWARD -o br-+ -j RETURN
      -A MYDOCKER-FORWARD -i mydocker0 -j ACCEPT"
    `);
    expect(text[1]).toMatchInlineSnapshot(`
      "raw MYDOCKER-GUARD
      -A PREROUTING -m comment --comment mydocker:mydocker -j MYDOCKER-GUARD
      -A MYDOCKER-GUARD -i mydocker0 -d ::1/128 -j DROP
      -A MYDOCKER-GUARD -i mydocker0 -s ::1/128 -j DROP
      mangle MYDOCKER-USER
      -A PREROUTING -m comment --comment mydocker:mydocker -j MYDOCKER-USER
      nat MYDOCKER-DNAT
      -A PREROUTING ! -d ::1/128 -m addrtype --dst-type LOCAL -m comment --comment mydocker:mydocker -j MYDOCKER-DNAT
      -A OUTPUT -m addrtype --dst-type LOCAL -m comment --comment mydocker:mydocker -j MYDOCKER-DNAT
      -A MYDOCKER-DNAT -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:29::2]:80
      nat MYDOCKER-SNAT
      -A POSTROUTING -m comment --comment mydocker:mydocker -j MYDOCKER-SNAT
      -A MYDOCKER-SNAT -s fd00:29::/64 ! -o mydocker0 -j MASQUERADE
      -A MYDOCKER-SNAT -s fd00:29::/64 -o mydocker0 -m conntrack --ctstate DNAT -j MASQUERADE
      -A MYDOCKER-SNAT -s ::1/128 -o mydocker0 -j MASQUERADE
      mangle MYDOCKER-ISOLATE
      -A FORWARD -m comment --comment mydocker:mydocker -j MYDOCKER-ISOLATE
      -A MYDOCKER-ISOLATE -o mydocker0 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
      -A MYDOCKER-ISOLATE -i mydocker0 -o mydocker0 -j RETURN
      -A MYDOCKER-ISOLATE -o mydocker0 -m conntrack --ctstate DNAT -j RETURN
      -A MYDOCKER-ISOLATE -o mydocker0 -j DROP
      filter MYDOCKER-FORWARD
      -I FORWARD 1 -m comment --comment mydocker:mydocker -j MYDOCKER-FORWARD
      -A MYDOCKER-FORWARD -o mydocker0 -j ACCEPT
      -A MYDOCKER-FORWARD -o docker0 -j RETURN
      -A MYDOCKER-FORWARD -o br-+ -j RETURN
      -A MYDOCKER-FORWARD -i mydocker0 -j ACCEPT"
    `);
  });

  it("lets nothing in or out of an internal network", () => {
    const rules = { prefix: "t", networks: [{ ...dual, internal: true }] };
    expect(rulesIn("T-ISOLATE", 4, rules)).toEqual([
      "-A T-ISOLATE -o mydocker0 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
      "-A T-ISOLATE -i mydocker0 -o mydocker0 -j RETURN",
      "-A T-ISOLATE -i mydocker0 -j DROP",
      "-A T-ISOLATE -o mydocker0 -j DROP",
      "-A T-ISOLATE -o mydocker0 -m conntrack --ctstate DNAT -j RETURN",
      "-A T-ISOLATE -o mydocker0 -j DROP",
    ]);
  });

  it("lets everything into an open network, and hides addresses only where that is asked for", () => {
    const open = { ...dual, isolated: false, masquerade: false };
    const rules = { prefix: "t", networks: [open] };
    expect(rulesIn("T-ISOLATE", 4, rules)?.join("\n")).not.toContain("DROP");
    expect(rulesIn("T-SNAT", 6, rules)).toEqual([
      "-A T-SNAT -s fd00:29::/64 -o mydocker0 -m conntrack --ctstate DNAT -j MASQUERADE",
      "-A T-SNAT -s ::1/128 -o mydocker0 -j MASQUERADE",
    ]);
  });
});

it("leaves to docker what goes to its bridges, but not what goes to the host's", () => {
  expect(admissionChain({ prefix: "t", networks: [dual], hostBridges: ["br-lan"] }).rules).toEqual([
    "-A T-FORWARD -o mydocker0 -j ACCEPT",
    "-A T-FORWARD -i mydocker0 -o br-lan -j ACCEPT",
    "-A T-FORWARD -o docker0 -j RETURN",
    "-A T-FORWARD -o br-+ -j RETURN",
    "-A T-FORWARD -i mydocker0 -j ACCEPT",
  ]);
});

it("publishes on every address, on one, and in IPv6", () => {
  expect([everywhere, local, six].map((port) => renderRule("t", port))).toEqual([
    "-A T-DNAT -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.29.0.2:80",
    "-A T-DNAT -d 127.0.0.1 -p udp -m udp --dport 53 -j DNAT --to-destination 172.29.0.2:5353",
    "-A T-DNAT -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:29::2]:80",
  ]);
});
