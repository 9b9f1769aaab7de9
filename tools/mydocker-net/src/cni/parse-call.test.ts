import { describe, expect, it } from "vitest";
import { parseCall } from "./parse-call.ts";

const env = {
  CNI_COMMAND: "ADD",
  CNI_CONTAINERID: "abc",
  CNI_NETNS: "/run/netns/pod",
  CNI_IFNAME: "eth0",
  CNI_PATH: "/opt/cni/bin:relative:/usr/lib/cni",
};
const config = { cniVersion: "1.0.0", name: "net", type: "mydocker-net", ipam: { subnet: "10.88.0.0/16" } };
const call = (change: object = {}, changedEnv: NodeJS.ProcessEnv = {}) =>
  parseCall({ ...env, ...changedEnv }, JSON.stringify({ ...config, ...change }));

it("reads the environment and the configuration", () => {
  expect(call()).toMatchObject({
    command: "ADD",
    containerId: "abc",
    netns: "/run/netns/pod",
    ifname: "eth0",
    path: ["/opt/cni/bin", "/usr/lib/cni"],
    config,
  });
});

it("reads CNI_ARGS", () => {
  expect(call({}, { CNI_ARGS: "IgnoreUnknown=1;IP=10.0.0.9;A=b=c;;x" }).args).toEqual({
    IgnoreUnknown: "1",
    IP: "10.0.0.9",
    A: "b=c",
  });
});

it("lets a namespace be gone in DEL", () => {
  expect(call({}, { CNI_COMMAND: "DEL", CNI_NETNS: "" }).netns).toBeUndefined();
});

it("lets members of others pass, and null for what is not there", () => {
  expect(call({ capabilities: { portMappings: true }, prevResult: null, org: { x: 1 } }).config).toMatchObject({
    org: { x: 1 },
  });
});

it("takes what containerd writes for the capabilities", () => {
  const portMappings = [{ HostPort: 8080, ContainerPort: 80, Protocol: "tcp", HostIP: "" }];
  expect(call({ runtimeConfig: { portMappings } }).config.runtimeConfig).toEqual({
    portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp", hostIP: "" }],
  });
});

describe("the environment", () => {
  it.each([
    [{ CNI_COMMAND: "PLUGH" }, "CNI_COMMAND: unknown command"],
    [{ CNI_COMMAND: "toString" }, "CNI_COMMAND: unknown command"],
    [{ CNI_CONTAINERID: "", CNI_IFNAME: "" }, "CNI_CONTAINERID, CNI_IFNAME: missing, and ADD needs it"],
    [{ CNI_NETNS: "" }, "CNI_NETNS: missing"],
    [{ CNI_COMMAND: "GC", CNI_PATH: "" }, "CNI_PATH: missing, and GC needs it"],
    [{ CNI_CONTAINERID: "../x" }, 'CNI_CONTAINERID: "../x" cannot be one'],
    [{ CNI_CONTAINERID: "x".repeat(129) }, "cannot be one"],
    [{ CNI_IFNAME: ".." }, "CNI_IFNAME"],
    [{ CNI_IFNAME: "eth0 up" }, "CNI_IFNAME"],
    [{ CNI_IFNAME: "a234567890123456" }, "CNI_IFNAME"],
    [{ CNI_NETNS: "run/netns/x" }, "CNI_NETNS"],
    [{ CNI_NETNS: "/run/netns/x\nlink delete dev eth0" }, "CNI_NETNS"],
  ])("%j is refused with code 4", (change, message) => {
    expect(() => call({}, change)).toThrow(
      expect.objectContaining({ cniCode: 4, message: expect.stringContaining(message) }),
    );
  });
});

describe("the configuration", () => {
  it("is JSON, or code 6", () => {
    for (const text of ["", "{", "[]", '"x"']) {
      expect(() => parseCall(env, text)).toThrow(expect.objectContaining({ cniCode: 6 }));
    }
  });

  it.each([undefined, "0.2.0", "1.2.0", 1])("of version %j is refused with code 1", (cniVersion) => {
    expect(() => call({ cniVersion })).toThrow(expect.objectContaining({ cniCode: 1 }));
  });

  it.each([
    [{ name: "" }, "name: expected 1 to 64"],
    [{ name: "a/b" }, "name:"],
    [{ name: undefined }, "name: expected a string, got nothing"],
    [{ bridge: "a-bridge-too-long" }, "bridge: expected the name of a link"],
    [{ bridge: "br0;" }, "bridge:"],
    [{ mtu: "1500" }, "mtu: expected a whole number"],
    [{ mtu: 70000 }, "mtu:"],
    [{ ipMasq: "yes" }, "ipMasq: expected true or false"],
    [{ ipam: [] }, "ipam: expected an object"],
    [{ ipam: { type: "../../bin/sh" } }, "ipam.type: expected the name of a plugin"],
    [{ ipam: { ranges: [{}] } }, "ipam.ranges[0]: expected an array"],
    [{ ipam: { routes: [{ gw: "10.0.0.1" }] } }, "ipam.routes[0].dst: expected a string"],
    [
      { runtimeConfig: { portMappings: [{ hostPort: 0, containerPort: 80 }] } },
      "portMappings[0].hostPort: expected a whole number from 1",
    ],
    [{ runtimeConfig: { portMappings: [{ hostPort: 80, containerPort: 65536 }] } }, "containerPort"],
    [{ runtimeConfig: { bandwidth: { ingressRate: -1 } } }, "bandwidth.ingressRate"],
    [{ prevResult: { ips: [{}] } }, "prevResult.ips[0].address"],
    [{ "cni.dev/valid-attachments": [{ containerID: "x" }] }, "cni.dev/valid-attachments[0].ifname"],
  ])("%j is refused with code 7", (change, message) => {
    expect(() => call(change)).toThrow(
      expect.objectContaining({ cniCode: 7, message: expect.stringContaining(message) }),
    );
  });

  it("has names as texts", () => {
    expect(call({ runtimeConfig: { aliases: ["web"] } }).config.runtimeConfig?.aliases).toEqual(["web"]);
    expect(() => call({ runtimeConfig: { aliases: { net: ["web"] } } })).toThrow(
      expect.objectContaining({ cniCode: 7 }),
    );
  });
});
