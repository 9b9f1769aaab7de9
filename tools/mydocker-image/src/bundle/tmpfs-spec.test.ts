import { expect, it } from "vitest";
import { parseTmpfs } from "./tmpfs-spec.ts";

it("keeps docker's defaults in front of the user's options", () => {
  expect(parseTmpfs("/run")).toEqual({
    destination: "/run",
    type: "tmpfs",
    source: "tmpfs",
    options: ["noexec", "nosuid", "nodev"],
  });
  expect(parseTmpfs("/run/:size=64m,mode=1777,exec").options?.slice(3)).toEqual(["size=64m", "mode=1777", "exec"]);
});

it.each(["", "run", "/", "/run:", "/run:size=x", "/run:mode=9", "/run:bind", "/run:size=1m,,", "/r:upperdir=/x"])(
  "refuses %j",
  (text) => {
    expect(() => parseTmpfs(text)).toThrow("--tmpfs");
  },
);
