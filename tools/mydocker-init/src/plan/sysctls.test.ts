import type { OciConfig, OciNamespace } from "@mydocker/oci";
import { describe, expect, it } from "vitest";
import { planSysctls as plan } from "./sysctls.ts";

function config(key: string, value: string, namespaces: OciNamespace[], hostname?: string): OciConfig {
  return {
    ociVersion: "1.3.0",
    linux: { namespaces, sysctl: { [key]: value } },
    ...(hostname === undefined ? {} : { hostname }),
  };
}

function planSysctls(...args: Parameters<typeof plan>) {
  const { host, inside } = plan(...args);
  return [...host, ...inside];
}

const NONE = new Set<never>();
const NETWORK: OciNamespace[] = [{ type: "network" }];

describe("planSysctls", () => {
  it.each([
    ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
    ["net/ipv4/ip_forward", "net/ipv4/ip_forward"],
    ["net/ipv4/conf/eth0.5/forwarding", "net/ipv4/conf/eth0.5/forwarding"],
    ["net.ipv4.conf.eth0/5.forwarding", "net/ipv4/conf/eth0.5/forwarding"],
  ])("reads %s as sysctl(8) does", (key, path) => {
    expect(planSysctls(config(key, "1", NETWORK), NONE)).toEqual([{ name: "sysctl", args: [path, "1"] }]);
  });

  it.each<[string, OciNamespace]>([
    ["net.core.somaxconn", { type: "network", path: "/run/netns/x" }],
    ["kernel.shmmax", { type: "ipc" }],
    ["fs.mqueue.msg_max", { type: "ipc" }],
    ["user.max_pid_namespaces", { type: "user" }],
  ])("allows %s with %j, and refuses it without", (key, namespace) => {
    expect(planSysctls(config(key, "1", [namespace]), NONE)).toHaveLength(1);
    expect(() => planSysctls(config(key, "1", []), NONE)).toThrow(`needs a ${namespace.type} namespace`);
  });

  it("refuses one of a namespace that is joined, and is the host's", () => {
    const joined = config("net.core.somaxconn", "1", [{ type: "network", path: "/proc/1/ns/net" }]);
    expect(() => planSysctls(joined, new Set(["network" as const]))).toThrow("of the container's own");
  });

  it("has the parent set one of a namespace that is joined, for a user namespace", () => {
    const joined = config("net.core.somaxconn", "1", [{ type: "user" }, { type: "network", path: "/run/netns/x" }]);
    expect(plan(joined, NONE)).toEqual({
      host: [{ name: "namespace-sysctl", args: ["/run/netns/x", 0x4000_0000, "net/core/somaxconn", "1"] }],
      inside: [],
    });
  });

  it("sets names with their own system calls", () => {
    const uts: OciNamespace[] = [{ type: "uts" }];
    expect(planSysctls(config("kernel.domainname", "d", uts), NONE)).toEqual([{ name: "domainname", args: ["d"] }]);
    expect(() => planSysctls(config("kernel.hostname", "a", uts, "b"), NONE)).toThrow("hostname is another one");
  });

  it.each(["kernel.core_pattern", "vm.swappiness", "net/../kernel/x", "net..x", "net.", "net.a b"])(
    "refuses %s",
    (key) => {
      expect(() => planSysctls(config(key, "1", NETWORK), NONE)).toThrow("sysctl");
    },
  );
});
