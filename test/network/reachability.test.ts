import type { NetworkEndpoint } from "@mydocker/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeEngineHost } from "../interop/support/engine-host.ts";
import {
  addByCni,
  attach,
  bare,
  makeOutside,
  type NetworkHost,
  namespaceOf,
  net,
  OUTSIDE,
  UPLINK,
} from "./support/networks.ts";
import { ask, follow, type Question, serve, until } from "./support/probe.ts";

/** Ports of the host: for every address, for its loopback, for one address. */
const [EVERYWHERE, LOOPBACK, ONE, LATE] = [8080, 8081, 8082, 8090];
const GATEWAY = { 4: "10.213.0.1", 6: "fd00:213::1" } as const;
const OTHER_GATEWAY = { 4: "10.215.0.1", 6: "fd00:215::1" } as const;
const LOCALHOST = { 4: "127.0.0.1", 6: "::1" } as const;
const FAMILIES = [4, 6] as const;

type Family = (typeof FAMILIES)[number];

describe.each(["nft", "iptables"] as const)("with %s", (firewall) => {
  let on: NetworkHost;
  let web: NetworkEndpoint;
  let peer: NetworkEndpoint;
  let address: Record<Family, string>;

  beforeAll(async () => {
    const host = await makeEngineHost();
    const env = { MYDOCKER_FIREWALL: firewall, MYDOCKER_SUBNET: "10.213.0.0/24,fd00:213::/64" };
    on = { host, env: { ...env, MYDOCKER_RUN: "/run/mydocker", MYDOCKER_ROOT: `${host.directory}/root` } };
    await makeOutside(on);
    const publish = ["tcp", "udp"].flatMap((protocol) => [
      `${EVERYWHERE}:80/${protocol}`,
      ...FAMILIES.flatMap((family) => [
        `${bracketed(LOCALHOST[family])}:${LOOPBACK}:80/${protocol}`,
        `${bracketed(UPLINK[family])}:${ONE}:80/${protocol}`,
      ]),
    ]);
    web = await attach(on, "web", ...publish.flatMap((port) => ["-p", port]));
    peer = await attach(on, "peer");
    address = { 4: bare(web.address), 6: bare(web.address6) };
    await addByCni(on, "second", ["10.215.0.0/24", "fd00:215::/64"], "other");
    await addByCni(on, "third", ["10.216.0.0/24", "fd00:216::/64"], "enclosed");
    await serve(host, "web", { 80: "web", 81: "unpublished" }, namespaceOf(web));
    await serve(host, "peer", { 81: "peer" }, namespaceOf(peer));
    await serve(host, "other", { 81: "other" }, "other");
    await serve(host, "outside", { 82: "outside" }, "outside");
    await serve(host, "enclosed", { 81: "enclosed" }, "enclosed");
    await serve(host, "host", { "83@127.0.0.1": "loopback", 84: "host" });
  });
  afterAll(async () => {
    await on?.host.cleanUp();
  });

  /** For each family, and both protocols. */
  const each = (make: (family: Family) => [address: string, port: number, answer: string][]): Question[] =>
    FAMILIES.flatMap((family) =>
      make(family).flatMap(([to, port, answer]) =>
        (["tcp", "udp"] as const).map((protocol) => ({ protocol, address: to, port, answer })),
      ),
    );

  describe.each([0, 1])("and bridge-nf-call-iptables=%i", (bridgeNf) => {
    beforeAll(async () => {
      for (const family of ["ip", "ip6"]) {
        await on.host.require(["sysctl", "-qw", `net.bridge.bridge-nf-call-${family}tables=${bridgeNf}`]);
      }
    });

    it("is reached where it is published, and nowhere else", async () => {
      // br_netfilter gives back an answer to [::1] before the kernel's own look at it, and that drops ::1 from a link.
      const here = (family: Family): string => (family === 6 && bridgeNf === 1 ? "" : "web");
      const wrong = await Promise.all([
        ask(on.host, "the host", [
          ...each((family) => [
            [UPLINK[family], EVERYWHERE, "web"],
            [GATEWAY[family], EVERYWHERE, "web"],
            [LOCALHOST[family], EVERYWHERE, here(family)],
            [LOCALHOST[family], LOOPBACK, here(family)],
            [LOCALHOST[family], ONE, ""],
            [UPLINK[family], LOOPBACK, ""],
            [UPLINK[family], ONE, "web"],
            [GATEWAY[family], ONE, ""],
            [address[family], 80, "web"],
            [OUTSIDE[family], 82, `outside ${UPLINK[family]}`],
          ]),
        ]),
        ask(
          on.host,
          "the outside",
          each((family) => [
            [UPLINK[family], EVERYWHERE, `web ${OUTSIDE[family]}`],
            [UPLINK[family], ONE, `web ${OUTSIDE[family]}`],
            [UPLINK[family], LOOPBACK, ""],
            [UPLINK[family], 83, ""],
            [UPLINK[family], 84, `host ${OUTSIDE[family]}`],
            [GATEWAY[family], ONE, ""],
            [address[family], 80, ""],
            [address[family], 81, ""],
          ]),
          "outside",
        ),
        ask(
          on.host,
          "a container beside it",
          each((family) => [
            [address[family], 80, `web ${bare(family === 4 ? peer.address : peer.address6)}`],
            [address[family], 81, "unpublished"],
            [UPLINK[family], EVERYWHERE, "web"],
            [GATEWAY[family], EVERYWHERE, "web"],
            [UPLINK[family], ONE, "web"],
            [UPLINK[family], LOOPBACK, ""],
            [OUTSIDE[family], 82, `outside ${UPLINK[family]}`],
          ]),
          namespaceOf(peer),
        ),
        ask(
          on.host,
          "a container of another network",
          each((family) => [
            [address[family], 80, ""],
            [address[family], 81, ""],
            [UPLINK[family], EVERYWHERE, "web"],
            [OTHER_GATEWAY[family], EVERYWHERE, "web"],
            [UPLINK[family], ONE, "web"],
            [UPLINK[family], LOOPBACK, ""],
          ]),
          "other",
        ),
        ask(
          on.host,
          "the container itself",
          each((family) => [
            [UPLINK[family], EVERYWHERE, "web"],
            [GATEWAY[family], EVERYWHERE, "web"],
            [UPLINK[family], LOOPBACK, ""],
          ]),
          namespaceOf(web),
        ),
      ]);
      expect(wrong.flat()).toEqual([]);
    });
  });

  it("has UDP clients follow the port to whoever has it now", async () => {
    const log = await follow(on.host, "follow", { address: UPLINK[4], port: LATE }, "outside");
    for (const id of ["late", "later"]) {
      const endpoint = await attach(on, id, "-p", `${LATE}:90/udp`);
      await serve(on.host, id, { 90: id }, namespaceOf(endpoint));
      await until(log, new RegExp(`^${id} ${OUTSIDE[4]}$`, "m"));
      await on.host.require(["sh", "-c", `kill $(ip netns pids ${namespaceOf(endpoint)})`]);
      await net(on, "detach", id);
    }
  });

  it("asks the administrator first, who knows the port of the host and whoever asks", async () => {
    const rules = {
      nft: "nft add rule inet mydocker-user published ip saddr $A tcp dport $P drop",
      iptables: "iptables -t mangle -A MYDOCKER-USER -s $A -p tcp --dport $P -j DROP",
    };
    await on.host.require(["sh", "-euc", `A=${OUTSIDE[4]} P=${EVERYWHERE}; ${rules[firewall]}`]);
    const dropped: Question = { protocol: "tcp", address: UPLINK[4], port: EVERYWHERE, answer: "" };
    const others: Question[] = [
      { ...dropped, protocol: "udp", answer: "web" },
      { ...dropped, port: ONE, answer: "web" },
      { ...dropped, address: UPLINK[6], answer: "web" },
    ];
    expect(await ask(on.host, "the outside", [dropped, ...others], "outside")).toEqual([]);
    expect(await ask(on.host, "another", [{ ...dropped, answer: "web" }], "other")).toEqual([]);
    expect(await net(on, "reload")).toBe("");
    expect(await ask(on.host, "the outside", [dropped, ...others], "outside")).toEqual([]);
  });

  it("lets nothing in or out of an internal network but the host", async () => {
    const bridge = await on.host.require(["sh", "-c", "grep -l third /run/mydocker/net/bridges/*/network.json"]);
    const inside = each((family) => [[`${{ 4: "10.216.0.", 6: "fd00:216::" }[family]}2`, 81, "enclosed"]]);
    const outwards = each((family) => [[OUTSIDE[family], 82, "outside"]]);
    const none = (questions: Question[]) => questions.map((question) => ({ ...question, answer: "" }));
    expect(await ask(on.host, "before", outwards, "enclosed")).toEqual([]);
    await on.host.require(["sed", "-i", 's/{"name"/{"internal":true,"name"/', bridge.trim()]);
    expect(await net(on, "reload")).toMatch(/^restored firewall (table inet mydocker|chains MYDOCKER-\*)\n$/);
    const wrong = await Promise.all([
      ask(on.host, "the host", inside),
      ask(on.host, "enclosed", none(outwards), "enclosed"),
      ask(on.host, "other", none(inside), "other"),
      ask(on.host, "outside", none(inside), "outside"),
    ]);
    expect(wrong.flat()).toEqual([]);
  });

  it("keeps the host's loopback from containers, although the bridge routes it", async () => {
    const space = namespaceOf(peer);
    await on.host.require([
      "sh",
      "-euc",
      `ip -n ${space} addr del 127.0.0.1/8 dev lo
      ip netns exec ${space} sysctl -qw net.ipv4.conf.all.route_localnet=1
      ip -n ${space} route add 127.0.0.1/32 via ${GATEWAY[4]}`,
    ]);
    const ports = [83, LOOPBACK, EVERYWHERE].map((port) => ({ protocol: "tcp" as const, address: "127.0.0.1", port }));
    const none = ports.map((port) => ({ ...port, answer: "" }));
    expect(await ask(on.host, "a container", none, space)).toEqual([]);
    // The same without our rule, to see that it is the rule that did it.
    const flush = { nft: "nft flush chain inet mydocker guard", iptables: "iptables -t raw -F MYDOCKER-GUARD" };
    await on.host.require(["sh", "-c", flush[firewall]]);
    const open = none.slice(0, 1).map((port) => ({ ...port, answer: "loopback" }));
    expect(await ask(on.host, "a container", open, space)).toEqual([]);
    expect(await net(on, "reload")).toContain("restored firewall");
    expect(await ask(on.host, "a container", none, space)).toEqual([]);
  });
});

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
