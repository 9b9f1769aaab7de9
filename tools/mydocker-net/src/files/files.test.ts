import { describe, expect, it } from "vitest";
import { renderHosts } from "./hosts.ts";
import { filterResolvConf, isResolvedStub } from "./resolv-conf.ts";

describe("filterResolvConf", () => {
  it("keeps what the container can reach, and all other lines", () => {
    const text =
      "# made by hand\nsearch example.org\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nnameserver ::1\noptions edns0\n";
    expect(filterResolvConf(text)).toBe("# made by hand\nsearch example.org\nnameserver 10.0.0.1\noptions edns0\n");
  });

  it.each(["", "nameserver 127.0.0.1\n", "nameserver\t127.0.1.1\nnameserver ::1", "#nameserver 10.0.0.1\n"])(
    "falls back to public servers for %j",
    (text) => {
      expect(filterResolvConf(text)).toMatch(/nameserver 8\.8\.8\.8\nnameserver 8\.8\.4\.4\n$/);
    },
  );
});

it("knows when systemd-resolved stands in front", () => {
  expect(isResolvedStub("nameserver 127.0.0.53\noptions edns0\n")).toBe(true);
  expect(isResolvedStub("nameserver 127.0.0.53\nnameserver 10.0.0.1\n")).toBe(false);
  expect(isResolvedStub("")).toBe(false);
});

it("puts the container's own name into hosts", () => {
  expect(renderHosts({ address: "10.0.0.2", hostname: "web" })).toMatch(
    /^127\.0\.0\.1\tlocalhost\n[\s\S]*\n10\.0\.0\.2\tweb\n$/,
  );
  expect(renderHosts({ address: "10.0.0.2", hostname: "web", domainname: "lan" })).toContain("10.0.0.2\tweb.lan web\n");
  expect(renderHosts()).not.toContain("10.");
});
