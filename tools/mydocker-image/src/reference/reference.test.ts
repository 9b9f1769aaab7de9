import { MydockerError } from "@mydocker/stage";
import { describe, expect, it } from "vitest";
import { familiarReference, formatReference, isLoopbackRegistry, parseReference } from "./reference.ts";

const HEX = "0123456789abcdef".repeat(4);

describe("parseReference", () => {
  it.each([
    ["busybox", "docker.io/library/busybox:latest"],
    ["busybox:1.36", "docker.io/library/busybox:1.36"],
    ["library/busybox", "docker.io/library/busybox:latest"],
    ["grafana/loki", "docker.io/grafana/loki:latest"],
    ["docker.io/busybox", "docker.io/library/busybox:latest"],
    ["index.docker.io/busybox:x", "docker.io/library/busybox:x"],
    ["index.docker.io/a/b", "docker.io/a/b:latest"],
    ["localhost/x", "localhost/x:latest"],
    ["localhost:5000/x", "localhost:5000/x:latest"],
    ["localhost:5000/a/b/c:t", "localhost:5000/a/b/c:t"],
    ["127.0.0.1:5000/x:T_1.2-3", "127.0.0.1:5000/x:T_1.2-3"],
    ["[::1]:5000/x", "[::1]:5000/x:latest"],
    ["ghcr.io/o/r", "ghcr.io/o/r:latest"],
    ["Host/x", "Host/x:latest"],
    ["a__b/c-d.e_f--g", "docker.io/a__b/c-d.e_f--g:latest"],
    [`busybox@sha256:${HEX}`, `docker.io/library/busybox@sha256:${HEX}`],
    [`busybox:1@sha256:${HEX}`, `docker.io/library/busybox@sha256:${HEX}`],
    [`x.io:1/y@sha256:${HEX}`, `x.io:1/y@sha256:${HEX}`],
    ["busybox:5000", "docker.io/library/busybox:5000"],
  ])("%s is %s", (text, expected) => {
    expect(formatReference(parseReference(text))).toBe(expected);
  });

  it("reads what it wrote", () => {
    for (const text of ["docker.io/library/a:b", `localhost:1/a@sha256:${HEX}`, "x.y/z/w:latest"]) {
      expect(formatReference(parseReference(text))).toBe(text);
    }
  });

  it.each([
    "",
    " ",
    ":",
    "busybox:",
    ":latest",
    "/busybox",
    "busybox/",
    "a//b",
    "Busybox",
    "UPPER/lower/Case",
    "busybox:-x",
    "busybox:.x",
    `busybox:${"x".repeat(129)}`,
    "busybox@",
    "busybox@sha256:abc",
    `busybox@sha256:${HEX.toUpperCase()}`,
    `busybox@sha512:${HEX}`,
    `busybox@sha256:../../${HEX.slice(6)}`,
    `busybox@sha256:${HEX}@sha256:${HEX}`,
    HEX,
    "../etc",
    "a/../b",
    "a_-b",
    "a___b",
    "-a",
    "a-",
    "a b",
    "a\nb",
    "a\0b",
    "https://docker.io/x",
    "localhost:port/x",
    "-x.io/y",
    "x..io/y",
    `x.io/${"a".repeat(255)}`,
    "b\u00fcsybox",
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(MydockerError);
  });
});

it.each([
  ["busybox", "busybox:latest"],
  ["a/b", "a/b:latest"],
  ["docker.io/library/a", "a:latest"],
  ["localhost/library/a", "localhost/library/a:latest"],
  ["localhost:5000/a:b", "localhost:5000/a:b"],
  [`busybox@sha256:${HEX}`, `busybox@sha256:${HEX}`],
])("%s is shown as %s", (text, expected) => {
  expect(familiarReference(parseReference(text))).toBe(expected);
});

it.each([
  ["localhost:5000", true],
  ["localhost", true],
  ["127.0.0.1:5000", true],
  ["127.8.9.10", true],
  ["[::1]:80", true],
  ["localhost.example.org", false],
  ["128.0.0.1", false],
  ["127.0.0.1.example.org", false],
])("%s on this host: %s", (registry, expected) => {
  expect(isLoopbackRegistry(registry)).toBe(expected);
});
