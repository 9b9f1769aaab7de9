import { describe, expect, it } from "vitest";
import { MOUNT_ATTR, PROPAGATION } from "./kernel-flags.ts";
import { parseMountOptions } from "./mount-options.ts";

describe("parseMountOptions", () => {
  it("separates attributes, propagation and the file system's own options", () => {
    expect(parseMountOptions(["nosuid", "noexec", "rprivate", "mode=1777", "size=64m"])).toEqual({
      bind: false,
      recursiveBind: false,
      remount: false,
      set: MOUNT_ATTR.nosuid | MOUNT_ATTR.noexec,
      clear: 0,
      recursiveAttributes: false,
      propagation: PROPAGATION.private | PROPAGATION.recursive,
      data: ["mode=1777", "size=64m"],
    });
  });

  it("lets a later option overrule an earlier one", () => {
    expect(parseMountOptions(["ro", "rw"])).toMatchObject({ set: 0, clear: MOUNT_ATTR.readonly });
    expect(parseMountOptions(["rw", "ro"])).toMatchObject({ set: MOUNT_ATTR.readonly, clear: 0 });
    expect(parseMountOptions(["noatime", "relatime"])).toMatchObject({ set: 0, clear: MOUNT_ATTR.atimeMask });
  });

  it("clears the access-time field whenever it sets a part of it, as mount_setattr(2) demands", () => {
    expect(parseMountOptions(["strictatime"])).toMatchObject({
      set: MOUNT_ATTR.strictatime,
      clear: MOUNT_ATTR.atimeMask,
    });
  });

  it("knows the recursive forms", () => {
    expect(parseMountOptions(["rbind", "rro"])).toMatchObject({
      bind: true,
      recursiveBind: true,
      recursiveAttributes: true,
      set: MOUNT_ATTR.readonly,
    });
  });

  it("does not take relatime for the recursive form of anything", () => {
    expect(parseMountOptions(["relatime"])).toMatchObject({ recursiveAttributes: false, data: [] });
  });
});
