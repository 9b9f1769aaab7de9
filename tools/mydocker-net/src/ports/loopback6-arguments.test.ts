import { expect, it } from "vitest";
import { differenceOfPorts, loopback6Arguments, parseLoopback6 } from "./loopback6-arguments.ts";

const tcp = { hostIp: "::1", hostPort: 8080, protocol: "tcp" } as const;
const udp = { hostIp: "::1", hostPort: 53, protocol: "udp" } as const;

it("says to the shim what it reads from it", () => {
  expect(loopback6Arguments("mydocker", "add", [tcp, udp]).slice(-4)).toEqual([
    "mydocker_6",
    "add",
    "tcp/8080",
    "udp/53",
  ]);
  expect(parseLoopback6("tcp/8080\nudp/53\n")).toEqual([tcp, udp]);
  expect(parseLoopback6("")).toEqual([]);
});

it("names the program as the kernel takes it, for the longest prefix as well", () => {
  expect(loopback6Arguments("a".repeat(13), "list", [])[4]).toMatch(/^\w{1,15}$/);
});

it("tells what is in one and not in the other", () => {
  expect(differenceOfPorts([tcp, udp], [{ ...tcp, protocol: "udp" }, udp])).toEqual(["[::1]:8080/tcp"]);
});
