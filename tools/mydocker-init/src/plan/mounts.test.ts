import type { OciConfig, OciMount } from "@mydocker/oci";
import { describe, expect, it } from "vitest";
import type { CgroupView } from "./cgroup-mounts.ts";
import { PROPAGATION } from "./kernel-flags.ts";
import { planMounts } from "./mounts.ts";

const V1: CgroupView = {
  version: 1,
  hierarchies: [{ directory: "cpu,cpuacct", options: ["cpu", "cpuacct"], source: "/host/cpu,cpuacct/x" }],
  source: "",
};
const V2: CgroupView = { version: 2, hierarchies: [], source: "/host/x" };
const IDS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const PRIVATE = PROPAGATION.private | PROPAGATION.recursive;
const SLAVE = PROPAGATION.slave | PROPAGATION.recursive;

function plan(mounts: OciMount[], cgroups = V2, linux: OciConfig["linux"] = { namespaces: [{ type: "cgroup" }] }) {
  const config: OciConfig = { ociVersion: "1.3.0", mounts, linux };
  return planMounts(config, { bundle: "/bundle", cgroups, propagation: [], count: { next: 0 } });
}

const USER: OciConfig["linux"] = { namespaces: [{ type: "user" }], uidMappings: IDS, gidMappings: IDS };

describe("planMounts", () => {
  it("resolves a relative bind source against the bundle", () => {
    const { inside } = plan([{ destination: "/data", source: "files", options: ["rbind", "ro"] }]);
    expect(inside).toEqual([{ name: "bind", args: ["/bundle/files", "/data", 1, 1, 0, 0] }]);
  });

  it("keeps a destination that climbs below the root", () => {
    const { inside } = plan([{ destination: "/../../etc", type: "tmpfs" }]);
    expect(inside).toEqual([{ name: "mount", args: ["tmpfs", "tmpfs", "/etc", 0] }]);
  });

  it("takes the type bind for the option", () => {
    const { inside } = plan([{ destination: "/data", source: "/x", type: "bind" }]);
    expect(inside).toEqual([{ name: "bind", args: ["/x", "/data", 0, 0, 0, 0] }]);
  });

  it("sets recursive attributes with the bind, and those of the mount alone behind it", () => {
    const { inside } = plan([{ destination: "/d", source: "/x", options: ["rbind", "rro", "nosuid"] }]);
    expect(inside).toEqual([
      { name: "bind", args: ["/x", "/d", 3, 1, 0, 0] },
      { name: "mount-attributes", args: ["/d", 0, 2, 0] },
    ]);
  });

  it("mounts cgroup v2 as one file system", () => {
    const mounts = [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"] }];
    expect(plan(mounts).inside).toEqual([{ name: "mount", args: ["cgroup2", "cgroup", "/sys/fs/cgroup", 3] }]);
  });

  it("binds the container's own cgroup where it has no cgroup namespace", () => {
    const mounts = [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"] }];
    expect(plan(mounts, V2, {}).inside).toEqual([{ name: "bind", args: ["/host/x", "/sys/fs/cgroup", 0, 1, 0, 0] }]);
  });

  it("mounts every cgroup v1 hierarchy, and makes the tmpfs around them read-only last", () => {
    const mounts = [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"] }];
    expect(plan(mounts, V1).inside).toEqual([
      { name: "mount", args: ["tmpfs", "tmpfs", "/sys/fs/cgroup", 2, "mode=755"] },
      { name: "mount", args: ["cgroup", "cgroup", "/sys/fs/cgroup/cpu,cpuacct", 3, "cpu", "cpuacct"] },
      { name: "symbolic-link", args: ["cpu,cpuacct", "/sys/fs/cgroup/cpu"] },
      { name: "symbolic-link", args: ["cpu,cpuacct", "/sys/fs/cgroup/cpuacct"] },
      { name: "mount-attributes", args: ["/sys/fs/cgroup", 0, 1, 0] },
    ]);
  });

  it("prepares a bind on the host for a user namespace, cut off from the host's mounts", () => {
    const { host, inside } = plan([{ destination: "/d", source: "/x", options: ["rbind", "ro"] }], V2, USER);
    expect(host).toEqual([{ name: "prepare-bind", args: ["/x", 1, 1, 0, PRIVATE] }]);
    expect(inside).toEqual([{ name: "attach", args: [0, "/d"] }]);
  });

  it("never makes a bind of a container with a user namespace a peer of the host's", () => {
    const { host } = plan([{ destination: "/d", source: "/x", options: ["bind", "shared"] }], V2, USER);
    expect(host[0]?.args.slice(4)).toEqual([SLAVE, PROPAGATION.shared]);
  });

  it("prepares what is to hear of the host's mounts", () => {
    const { host } = plan([
      { destination: "/s", source: "/x", options: ["rbind", "rslave"] },
      { destination: "/p", source: "/x", options: ["rbind", "rprivate"] },
      { destination: "/t", source: "/x", options: ["rbind", "rshared"] },
    ]);
    expect(host.map(({ args }) => args.slice(4))).toEqual([
      [SLAVE, SLAVE],
      [PROPAGATION.shared | PROPAGATION.recursive],
    ]);
  });

  it("maps ids by the mount's own mapping, or else by the container's", () => {
    const own = [{ containerID: 0, hostID: 5000, size: 10 }];
    const { host } = plan(
      [
        { destination: "/a", source: "/x", options: ["bind", "idmap"], uidMappings: own, gidMappings: own },
        { destination: "/b", source: "/x", options: ["rbind", "ridmap"] },
      ],
      V2,
      USER,
    );
    expect(host).toEqual([
      { name: "id-map", args: ["0 5000 10\n", "0 5000 10\n"] },
      { name: "prepare-bind", args: ["/x", 4, 0, 0, PRIVATE] },
      { name: "id-map", args: ["0 100000 65536\n", "0 100000 65536\n"] },
      { name: "prepare-bind", args: ["/x", 13, 0, 0, PRIVATE] },
    ]);
  });

  it("has the host mount what root of a user namespace may not", () => {
    const { host, inside } = plan(
      [
        { destination: "/sys", type: "sysfs" },
        { destination: "/disk", type: "ext4", source: "/dev/x" },
        { destination: "/tmp", type: "tmpfs" },
      ],
      V2,
      { ...USER, namespaces: [{ type: "user" }, { type: "network", path: "/run/netns/x" }] },
    );
    expect(host).toEqual([
      { name: "prepare-mount", args: ["sysfs", "sysfs", 0, 0, "/run/netns/x", 0x4000_0000] },
      { name: "prepare-mount", args: ["ext4", "/dev/x", 0, 0, "", 0] },
    ]);
    expect(inside.map(({ name }) => name)).toEqual(["attach", "attach", "mount"]);
  });

  it("uses mount(2) for what fsconfig(2) cannot take", () => {
    const long = `lowerdir=${"/a".repeat(200)}`;
    const { inside } = plan([
      { destination: "/a", type: "overlay", options: ["ro", "sync", long, "x=1"] },
      { destination: "/b", type: "ext4", options: ["iversion"] },
    ]);
    expect(inside).toEqual([
      { name: "mount-data", args: ["overlay", "overlay", "/a", 0x11, `${long},x=1`] },
      { name: "mount-data", args: ["ext4", "ext4", "/b", 0x80_0000, ""] },
    ]);
  });

  it("remounts what was mounted before, and sets options of the container's own file systems only", () => {
    const { inside } = plan([
      { destination: "/t", type: "tmpfs" },
      { destination: "/t", type: "tmpfs", options: ["remount", "ro", "size=1m"] },
      { destination: "/d", source: "/x", options: ["bind"] },
      { destination: "/d", options: ["remount", "bind", "ro", "sync"] },
    ]);
    expect(inside[1]).toEqual({ name: "remount", args: ["/t", 1, 0, "size=1m"] });
    expect(inside[3]).toEqual({ name: "remount", args: ["/d", 1, 0] });
  });

  it.each<[OciMount, string]>([
    [{ destination: "/x", options: ["bind"] }, "a source is needed"],
    [{ destination: "/x" }, "a type is needed"],
    [{ destination: "/", options: ["remount", "sync"] }, "not the container's own"],
    [{ destination: "/x", type: "proc", options: ["tmpcopyup"] }, "tmpfs"],
    [{ destination: "/x", source: "/y", options: ["bind", "idmap"] }, "uidMappings"],
  ])("refuses %j", (mount, message) => {
    expect(() => plan([mount])).toThrow(message);
  });
});
