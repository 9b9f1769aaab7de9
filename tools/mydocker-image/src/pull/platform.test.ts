import { expect, it } from "vitest";
import { parsePlatform } from "./platform.ts";

it("reads a platform", () => {
  expect(parsePlatform("linux/amd64")).toEqual({ os: "linux", architecture: "amd64" });
  expect(parsePlatform("linux/arm/v7")).toEqual({ os: "linux", architecture: "arm", variant: "v7" });
});

it.each(["", "amd64", "linux/", "windows/amd64", "linux/arm/v7/x", "linux/../x", "linux/--x"])("refuses %j", (text) => {
  expect(() => parsePlatform(text)).toThrow("--platform");
});
