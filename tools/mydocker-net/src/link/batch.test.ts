import { describe, expect, it } from "vitest";
import { renderBridge, renderHostBatch, renderNetnsBatch, renderRemoval } from "./batch.ts";
import { explainBatch } from "./ip.ts";

const link = {
  netns: "mydocker-0123456789ab",
  link: "md-0123456789ab",
  bridge: "mydocker0",
  mac: "02:42:ac:1d:00:02",
  address: "172.29.0.2/16",
  routes: [{ destination: "0.0.0.0/0", gateway: "172.29.0.1" }],
  ifname: "eth0",
  hairpin: false,
};

it("makes the peer inside the namespace, on the bridge and up from the start", () => {
  expect(renderHostBatch(link)).toBe(
    "netns add mydocker-0123456789ab\n" +
      "link add name md-0123456789ab up master mydocker0 type veth peer name eth0 address 02:42:ac:1d:00:02 netns mydocker-0123456789ab\n",
  );
  expect(renderHostBatch({ ...link, hairpin: true })).toContain(
    "link set dev md-0123456789ab type bridge_slave hairpin on\n",
  );
});

it("finishes the inside", () => {
  expect(renderNetnsBatch(link)).toBe(
    "link set dev lo up\nlink set dev eth0 up\naddress add 172.29.0.2/16 broadcast + dev eth0\nroute append 0.0.0.0/0 via 172.29.0.1 dev eth0\n",
  );
});

it("goes into a namespace that is there, under a name of the caller's", () => {
  const given = { ...link, netns: "/run/netns/pod", ifname: "net1", mtu: 1400 };
  expect(renderHostBatch(given)).toBe(
    "link add name md-0123456789ab up mtu 1400 master mydocker0 type veth peer name net1 address 02:42:ac:1d:00:02 mtu 1400 netns /run/netns/pod\n",
  );
  expect(renderNetnsBatch(given)).toContain("link set dev net1 up\n");
});

it("makes a macvlan inside the namespace, of a link of the host's", () => {
  expect(renderHostBatch({ ...link, parent: "eth0", mtu: 1400 })).toBe(
    "netns add mydocker-0123456789ab\n" +
      "link add link eth0 name eth0 netns mydocker-0123456789ab address 02:42:ac:1d:00:02 mtu 1400 type macvlan mode bridge\n",
  );
});

describe("renderRemoval", () => {
  it("takes the link off the bridge and leaves it to the namespace", () => {
    expect(renderRemoval(link, false)).toBe(
      "link set dev md-0123456789ab down nomaster\nnetns delete mydocker-0123456789ab\n",
    );
  });

  it("deletes a link that a process in the namespace, or a lost namespace, would keep", () => {
    expect(renderRemoval(link, true)).toBe("link delete dev md-0123456789ab\nnetns delete mydocker-0123456789ab\n");
    expect(renderRemoval({ link: "md-1" }, false)).toBe("link delete dev md-1\n");
    expect(renderRemoval({ netns: "n" }, false)).toBe("netns delete n\n");
  });
});

it("does not make a bridge again", () => {
  const bridge = { bridge: "b0", mac: "02:42:0a:00:00:01", address: "10.0.0.1/8" };
  expect(renderBridge(bridge, false)).toContain("link add name b0");
  expect(renderBridge(bridge, true)).not.toContain("link add");
});

it("names the command that failed", () => {
  expect(explainBatch("a\nb c\n", "RTNETLINK answers: File exists\nCommand failed -:2\n")).toBe(
    "ip b c: RTNETLINK answers: File exists",
  );
});
