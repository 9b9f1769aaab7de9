import { expect, it } from "vitest";
import { imageVolume, parseVolume } from "./volume-spec.ts";

it.each([
  ["/h:/c", { source: { kind: "bind", path: "/h" }, destination: "/c", readonly: false }],
  ["/h:/c:ro", { readonly: true }],
  ["/h:/c:rw", { readonly: false }],
  ["/h:/c:ro,rslave", { readonly: true, propagation: "rslave" }],
  ["/h:/c:z", { readonly: false, propagation: "rprivate" }],
  ["/h/../x/:/c/d/../e/", { source: { kind: "bind", path: "/x/" }, destination: "/c/e" }],
  [".:/c", { source: { kind: "bind", path: "/cwd" } }],
  ["./a:/c", { source: { kind: "bind", path: "/cwd/a" } }],
  ["../a:/c", { source: { kind: "bind", path: "/a" } }],
  ["data:/c", { source: { kind: "named", name: "data" } }],
  ["data.1:/c:nocopy", { source: { kind: "named", name: "data.1" }, copy: false }],
  ["/c", { source: { kind: "anonymous" }, destination: "/c" }],
])("reads %s", (text, expected) => {
  expect(parseVolume(text, "/cwd")).toMatchObject(expected);
});

it.each([
  ...[
    "",
    ":",
    "/h:",
    ":/c",
    "/h:c",
    "/h:/",
    "/h:/..",
    "c",
    "a/b:/c",
    "x:/c",
    "../x",
    "/h:/c:",
    "/h:/c:rx",
    "/h:/c:ro:x",
  ],
  ...["/h:/c:ro,,rw", "na me:/c", "-x:/c", "/h:/c\0", "~/x:/c"],
])("refuses %j", (text) => {
  expect(() => parseVolume(text, "/cwd")).toThrow("--volume");
});

it.each([
  ["/data", "/data"],
  ["data/", "/data"],
  ["../../etc", "/etc"],
  ["/", undefined],
  ["..", undefined],
])("an image's volume %s is at %s", (path, expected) => {
  expect(imageVolume(path)?.destination).toBe(expected);
});
