import { describe, expect, it } from "vitest";
import { systemdCgroupsPath } from "./systemd-path.ts";

describe("systemdCgroupsPath", () => {
  it.each([
    ["system.slice:docker:abc", "/system.slice/docker-abc.scope"],
    ["machine.slice:libpod:abc", "/machine.slice/libpod-abc.scope"],
    [":cri-containerd:abc", "/system.slice/cri-containerd-abc.scope"],
    [
      "kubepods-burstable-pod1.slice:cri:x",
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-x.scope",
    ],
    ["-.slice:a:b", "/a-b.scope"],
    ["user.slice::b", "/user.slice/b.scope"],
    ["a.slice:x:y.slice", "/a.slice/y.slice"],
    ["", "/system.slice/mydocker-id.scope"],
  ])("%s is %s", (cgroupsPath, expected) => {
    expect(systemdCgroupsPath(cgroupsPath, "mydocker", "id")).toBe(expected);
  });

  it.each([
    "/mydocker/id",
    "a:b",
    "a.slice:b:c:d",
    "a.slice:b:",
    "a--b.slice:c:d",
    "../x.slice:a:b",
    "a.slice:../..:b",
    "no:a:b",
  ])("refuses %s", (cgroupsPath) => {
    expect(() => systemdCgroupsPath(cgroupsPath, "mydocker", "id")).toThrow("linux.cgroupsPath");
  });
});
