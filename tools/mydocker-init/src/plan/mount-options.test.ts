import { describe, expect, it } from "vitest";
import { MOUNT_ATTR, PROPAGATION } from "./kernel-flags.ts";
import { parseMountOptions } from "./mount-options.ts";

describe("parseMountOptions", () => {
  it("separates attributes, propagation and the file system's own options", () => {
    expect(parseMountOptions(["nosuid", "noexec", "rprivate", "mode=1777", "size=64m"])).toEqual({
      bind: false,
      recursiveBind: false,
      remount: false,
      own: { set: MOUNT_ATTR.nosuid | MOUNT_ATTR.noexec, clear: 0 },
      recursive: { set: 0, clear: 0 },
      propagation: [PROPAGATION.private | PROPAGATION.recursive],
      idMap: "none",
      copyUp: false,
      inodeVersion: false,
      superblock: [],
      data: ["mode=1777", "size=64m"],
    });
  });

  it("lets a later option overrule an earlier one", () => {
    expect(parseMountOptions(["ro", "rw"])).toMatchObject({ own: { set: 0, clear: MOUNT_ATTR.readonly } });
    expect(parseMountOptions(["rw", "ro"])).toMatchObject({ own: { set: MOUNT_ATTR.readonly, clear: 0 } });
    expect(parseMountOptions(["noatime", "relatime"])).toMatchObject({
      own: { set: 0, clear: MOUNT_ATTR.atimeMask },
    });
  });

  it("clears the access-time field whenever it sets a part of it, as mount_setattr(2) demands", () => {
    expect(parseMountOptions(["strictatime"])).toMatchObject({
      own: { set: MOUNT_ATTR.strictatime, clear: MOUNT_ATTR.atimeMask },
    });
  });

  it("knows the recursive forms", () => {
    expect(parseMountOptions(["rbind", "rro"])).toMatchObject({
      bind: true,
      recursiveBind: true,
      recursive: { set: MOUNT_ATTR.readonly, clear: 0 },
      own: { set: 0, clear: 0 },
    });
  });

  it("has a recursive option overrule one of the mount alone, and the other way round", () => {
    const { readonly } = MOUNT_ATTR;
    expect(parseMountOptions(["ro", "rrw"])).toMatchObject({ own: { set: 0 }, recursive: { clear: readonly } });
    expect(parseMountOptions(["rro", "rw"])).toMatchObject({ own: { clear: readonly }, recursive: { set: readonly } });
  });

  it("tells flags of the file system from options without effect", () => {
    const options = ["sync", "silent", "lazytime", "defaults", "nomand", "loud"];
    expect(parseMountOptions(options)).toMatchObject({ superblock: ["sync", "lazytime", "nomand"], data: [] });
  });

  it("does not take relatime for the recursive form of anything", () => {
    expect(parseMountOptions(["relatime"])).toMatchObject({ recursive: { set: 0 }, data: [] });
  });
});
