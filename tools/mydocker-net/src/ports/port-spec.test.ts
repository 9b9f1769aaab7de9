import { describe, expect, it } from "vitest";
import { parsePort, parsePorts } from "./port-spec.ts";

describe("parsePort", () => {
  it.each([
    ["80", { hostIp: "0.0.0.0", hostPort: 0, containerPort: 80, protocol: "tcp" }],
    ["80/udp", { hostIp: "0.0.0.0", hostPort: 0, containerPort: 80, protocol: "udp" }],
    ["8080:80", { hostIp: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    ["8080:80/TCP", { hostIp: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "tcp" }],
    ["127.0.0.1:65535:1/udp", { hostIp: "127.0.0.1", hostPort: 65535, containerPort: 1, protocol: "udp" }],
    ["127.0.0.1::80", { hostIp: "127.0.0.1", hostPort: 0, containerPort: 80, protocol: "tcp" }],
    ["0:80", { hostIp: "0.0.0.0", hostPort: 0, containerPort: 80, protocol: "tcp" }],
  ])("reads %s", (text, expected) => {
    expect(parsePort(text)).toEqual(expected);
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
    ["8000-8010:8000-8010", "ranges are not supported"],
    ["8000-8010", "ranges are not supported"],
    ["80:80/sctp", 'protocol "sctp": expected tcp or udp'],
    ["80:80/", 'protocol "": expected tcp or udp'],
    ["80:80/tcp/udp", 'protocol "tcp/udp"'],
    ["localhost:80:80", 'host address "localhost": expected an IPv4 address'],
    ["127.0.0.256:80:80", 'host address "127.0.0.256"'],
    ["127.0.0.01:80:80", 'host address "127.0.0.01"'],
    [":80:80", 'host address ""'],
    ["[::1]:80:80", "IPv6"],
    ["::1:80:80", "too many colons"],
    ["80:80 }; flush ruleset", 'container port "80 }; flush ruleset"'],
  ])("refuses %j", (text, message) => {
    expect(() => parsePort(text)).toThrow(message);
  });

  it("counts the same mapping once", () => {
    expect(parsePorts(["80:80", "0.0.0.0:80:80/tcp", "80:80/udp"])).toHaveLength(2);
  });
});
