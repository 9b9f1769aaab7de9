import { describe, expect, it } from "vitest";
import { parseSubnet } from "../address/subnet.ts";
import { expandPorts } from "./expand-ports.ts";
import { parsePort, parsePorts } from "./port-spec.ts";

describe("parsePort", () => {
  it.each([
    ["80", { hostPort: 0, containerPort: 80, protocol: "tcp" }],
    ["80/udp", { hostPort: 0, containerPort: 80, protocol: "udp" }],
    ["8080:80", { hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    ["8080:80/TCP", { hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    ["127.0.0.1:65535:1/udp", { hostIp: "127.0.0.1", hostPort: 65535, containerPort: 1, protocol: "udp" }],
    ["127.0.0.1::80", { hostIp: "127.0.0.1", hostPort: 0, containerPort: 80, protocol: "tcp" }],
    ["0.0.0.0:8080:80", { hostIp: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    ["[::]:8080:80", { hostIp: "::", hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    ["[FD00::0:1]:53:53/udp", { hostIp: "fd00::1", hostPort: 53, containerPort: 53, protocol: "udp" }],
    ["[::1]::80", { hostIp: "::1", hostPort: 0, containerPort: 80, protocol: "tcp" }],
    ["8000-8010:80", { hostPort: 8000, lastHostPort: 8010, containerPort: 80, protocol: "tcp" }],
    ["0:80", { hostPort: 0, containerPort: 80, protocol: "tcp" }],
  ])("reads %s", (text, expected) => {
    expect(parsePort(text)).toEqual([expected]);
  });

  it("pairs ranges", () => {
    expect(parsePort("127.0.0.1:8000-8002:90-92/udp")).toEqual(
      [0, 1, 2].map((index) => ({
        hostIp: "127.0.0.1",
        hostPort: 8000 + index,
        containerPort: 90 + index,
        protocol: "udp",
      })),
    );
    expect(parsePort("90-91")).toEqual([90, 91].map((port) => ({ hostPort: 0, containerPort: port, protocol: "tcp" })));
  });

  it.each([
    ["", 'container port "": expected a number'],
    [":80", "the host port is missing"],
    ["80:", 'container port "": expected a number'],
    ["8080:0", 'container port "0": expected a number from 1 to 65535'],
    ["65536:80", 'host port "65536": expected a number from 1 to 65535'],
    ["80:65536", 'container port "65536"'],
    ["-1:80", 'host port "-1"'],
    ["1e3:80", 'host port "1e3"'],
    ["0x50:80", 'host port "0x50"'],
    [" 80:80", 'host port " 80"'],
    ["http:80", 'host port "http"'],
    ["8000-8010:80-81", "11 ports of the host for 2 of the container"],
    ["8000:80-81", "1 ports of the host for 2 of the container"],
    ["8010-8000:80", 'host port "8010-8000": ends before it begins'],
    ["8000-:80", 'host port "8000-"'],
    ["1-2-3:80", 'host port "1-2-3"'],
    ["80:80/sctp", 'protocol "sctp": expected tcp or udp'],
    ["80:80/", 'protocol "": expected tcp or udp'],
    ["80:80/tcp/udp", 'protocol "tcp/udp"'],
    ["localhost:80:80", 'host address "localhost": expected an IPv4 address'],
    ["127.0.0.256:80:80", 'host address "127.0.0.256"'],
    ["127.0.0.01:80:80", 'host address "127.0.0.01"'],
    [":80:80", 'host address ""'],
    ["[::1:80:80", "too many colons"],
    ["[1.2.3.4]:80:80", "expected an IPv6 address"],
    ["[]:80:80", "expected an IPv6 address"],
    ["[::1]:1:2:3", "too many colons"],
    ["::1:80:80", "too many colons"],
    ["80:80 }; flush ruleset", 'container port "80 }; flush ruleset"'],
  ])("refuses %j", (text, message) => {
    expect(() => parsePort(text)).toThrow(message);
  });

  it("counts the same mapping once", () => {
    expect(parsePorts(["80:80", "80-80:80/tcp", "80:80/udp"])).toHaveLength(2);
  });
});

describe("expandPorts", () => {
  const port = { hostPort: 8080, containerPort: 80, protocol: "tcp" } as const;

  it("publishes on every address of each family that the network has", () => {
    expect(expandPorts([port], { name: "n" }, false)).toEqual([{ ...port, hostIps: ["0.0.0.0"] }]);
    const subnet6 = parseSubnet("fd00::/64");
    expect(expandPorts([port], { name: "n", subnet6 }, true)).toEqual([{ ...port, hostIps: ["0.0.0.0", "::"] }]);
    const loopback = { ...port, hostIp: "::1" };
    expect(expandPorts([loopback], { name: "n", subnet6 }, true)).toEqual([{ ...port, hostIps: ["::1"] }]);
  });

  it("serves [::1] where the network has no IPv6 and no address was asked for", () => {
    expect(expandPorts([port], { name: "n" }, true)).toEqual([{ ...port, hostIps: ["0.0.0.0", "::1"] }]);
    for (const hostIp of ["0.0.0.0", "127.0.0.1"])
      expect(expandPorts([{ ...port, hostIp }], { name: "n" }, true)).toEqual([{ ...port, hostIps: [hostIp] }]);
  });

  it("refuses an IPv6 address where the container has none", () => {
    expect(() => expandPorts([{ ...port, hostIp: "::1" }], { name: "n" }, true)).toThrow("network n has no IPv6");
  });
});
