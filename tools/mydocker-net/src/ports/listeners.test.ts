import { expect, it } from "vitest";
import { parseListeners } from "./listeners.ts";
import { parsePortClaim } from "./port-claims.ts";
import { ephemeralRange } from "./publish.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

it("finds TCP sockets that listen, not those that are connected", () => {
  const text = `${HEAD}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0 20 4 30 10 -1\n`;
  expect(parseListeners(text, "tcp")).toEqual([{ address: "0100007F", port: 8080, inode: "12345" }]);
});

it("finds UDP sockets of IPv6 that receive from anybody", () => {
  const text = `${HEAD}  100: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 777 2 0 0\n`;
  expect(parseListeners(text, "udp")).toEqual([{ address: "0".repeat(32), port: 53, inode: "777" }]);
});

it("reads a claim's name, and no other", () => {
  expect(parsePortClaim("127.0.0.1_53_udp")).toEqual({ hostIp: "127.0.0.1", hostPort: 53, protocol: "udp" });
  expect(parsePortClaim("fd00::1_53_udp")).toEqual({ hostIp: "fd00::1", hostPort: 53, protocol: "udp" });
  expect(parsePortClaim("127.0.0.1_53_sctp")).toBeUndefined();
});

it("takes random ports where the host has its own", () => {
  expect(ephemeralRange("40000\t50000\n")).toEqual({ first: 40000, last: 50000 });
  expect(ephemeralRange(undefined)).toEqual({ first: 32768, last: 60999 });
});
