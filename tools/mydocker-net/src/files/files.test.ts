import { describe, expect, it } from "vitest";
import { parseDns } from "./dns-flags.ts";
import { renderHosts } from "./hosts.ts";
import { changeResolvConf, filterResolvConf, isResolvedStub } from "./resolv-conf.ts";

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

describe("changeResolvConf", () => {
  const text = "# host\nsearch a b\nnameserver 10.0.0.1\noptions edns0\n";

  it("keeps what is not asked for", () => {
    expect(changeResolvConf(text, { servers: [] })).toBe(text);
    expect(changeResolvConf(text, { servers: ["10.0.0.9", "fd00::9"] })).toBe(
      "# host\nsearch a b\noptions edns0\nnameserver 10.0.0.9\nnameserver fd00::9\n",
    );
  });

  it("replaces what is, and has no search where none is wanted", () => {
    expect(changeResolvConf(text, { servers: [], search: ["c"], options: ["ndots:2", "rotate"] })).toBe(
      "# host\nnameserver 10.0.0.1\nsearch c\noptions ndots:2 rotate\n",
    );
    expect(changeResolvConf(text, { servers: [], search: [] })).toBe("# host\nnameserver 10.0.0.1\noptions edns0\n");
  });
});

describe("parseDns", () => {
  const none = { dns: [], "dns-search": [], "dns-option": [], "add-host": [] };

  it("reads docker's flags", () => {
    expect(parseDns(none)).toEqual({ servers: [], hosts: [] });
    const asked = {
      dns: ["10.0.0.9"],
      "dns-search": ["."],
      "dns-option": ["ndots:2"],
      "add-host": ["db:10.0.0.3", "h:host-gateway", "six:[fd00::6]", "seven:fd00::7"],
    };
    expect(parseDns(asked)).toEqual({
      servers: ["10.0.0.9"],
      search: [],
      options: ["ndots:2"],
      hosts: [
        { name: "db", address: "10.0.0.3" },
        { name: "h", address: "host-gateway" },
        { name: "six", address: "fd00::6" },
        { name: "seven", address: "fd00::7" },
      ],
    });
  });

  it.each([
    [{ dns: ["dns.example.org"] }, "--dns"],
    [{ "dns-search": ["a b"] }, "--dns-search"],
    [{ "dns-option": ["x\nnameserver 1.2.3.4"] }, "--dns-option"],
    [{ "add-host": ["db"] }, "expected NAME:ADDRESS"],
    [{ "add-host": ["db:nowhere"] }, "expected an address"],
    [{ "add-host": ["a b:10.0.0.1"] }, "--add-host"],
  ])("refuses %j", (change, message) => {
    expect(() => parseDns({ ...none, ...change })).toThrow(message);
  });
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
  expect(renderHosts(undefined, [{ name: "db", address: "10.0.0.3" }])).toContain("10.0.0.3\tdb\n");
});
