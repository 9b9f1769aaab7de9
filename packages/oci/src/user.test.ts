import { describe, expect, it } from "vitest";
import { resolveUser, UserError } from "./user.ts";

const PASSWD =
  "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:/bin/sh\n1000:x:7:7::/seven:\n4294967296:x:0:0::/:\nbroken:x:1x:0::/:\nbig:x:4294967296:0::/:\n";
const GROUP = "root:x:0:\nweb:x:33:\nlog:x:4:web,root\nextra:x:50:other,web\n50:x:0:\n99999999999:x:0:\n";

describe("resolveUser", () => {
  it.each([
    ["", { uid: 0, gid: 0, additionalGids: [4], home: "/root" }],
    ["web", { uid: 33, gid: 33, additionalGids: [4, 50], home: "/var/www" }],
    ["33", { uid: 33, gid: 33, additionalGids: [4, 50], home: "/var/www" }],
    ["web:log", { uid: 33, gid: 4, additionalGids: [], home: "/var/www" }],
    ["web:77", { uid: 33, gid: 77, additionalGids: [], home: "/var/www" }],
    ["1234", { uid: 1234, gid: 0, additionalGids: [], home: "/" }],
    ["1234:55", { uid: 1234, gid: 55, additionalGids: [], home: "/" }],
    ["1000", { uid: 1000, gid: 0, additionalGids: [], home: "/" }],
    ["7", { uid: 7, gid: 7, additionalGids: [], home: "/seven" }],
    ["7:50", { uid: 7, gid: 50, additionalGids: [], home: "/seven" }],
    ["4294967294", { uid: 4294967294, gid: 0, additionalGids: [], home: "/" }],
  ])("%j", (spec, expected) => {
    expect(resolveUser(spec, PASSWD, GROUP)).toEqual(expected);
  });

  it.each([
    "nobody",
    "1x",
    "-1",
    "4294967295",
    "4294967296",
    "0:",
    ":0",
    "0:0:0",
    "web:nogroup",
    "web:99999999999",
    " 0",
    "0x0",
    "broken",
    "big",
  ])("refuses %j", (spec) => {
    expect(() => resolveUser(spec, PASSWD, GROUP)).toThrow(UserError);
  });
});
