import { expect, it } from "vitest";
import { explainPullFailure } from "./explain-failure.ts";
import { parseSource } from "./source.ts";

const source = parseSource("r.lan:5000/app:1", undefined, "skopeo");
const fatal = (text: string): string => `time="2026-01-01T00:00:00Z" level=fatal msg=${JSON.stringify(text)}`;

it.each([
  ['Get "https://r.lan:5000/v2/": http: server gave HTTP response to HTTPS client', "PLAIN_HTTP"],
  ["x509: certificate signed by unknown authority", "BAD_CERTIFICATE"],
  ["dial tcp 1.2.3.4:5000: connect: connection refused", "REGISTRY_UNREACHABLE"],
  ["dial tcp: lookup r.lan on 1.1.1.1:53: no such host", "REGISTRY_UNREACHABLE"],
  ["pinging container registry r.lan:5000: invalid status code from registry 404 (Not Found)", "NOT_A_REGISTRY"],
  ["invalid character '<' looking for beginning of value", "NOT_A_REGISTRY"],
  ["reading manifest 1 in r.lan:5000/app: manifest unknown: manifest unknown", "NO_MANIFEST"],
  ["requested access to the resource is denied", "ACCESS_DENIED"],
  ['no image found in manifest list for architecture arm64, variant "", OS linux', "NO_PLATFORM"],
  ["write /x: no space left on device", "ENOSPC"],
  ["something else", "PULL_FAILED"],
])("explains %s", (said, code) => {
  const error = explainPullFailure(source, `warning\n${fatal(said)}\n`);
  expect(error.code).toBe(code);
  expect(error.message).toContain(said);
  expect(error.message).toContain(":5000");
});

it("says something where skopeo said nothing", () => {
  expect(explainPullFailure(source, "").message).toContain("said nothing");
});

it("cuts what is too long", () => {
  expect(explainPullFailure(source, fatal(`denied ${"x".repeat(5000)}`)).message.length).toBeLessThan(500);
});

it("does not speak of registries where there is none", () => {
  const archive = parseSource("docker-archive:/x.tar:app:1", undefined, "skopeo");
  const { message, code } = explainPullFailure(archive, fatal("open /x.tar: file not found"));
  expect([message, code]).toEqual(["pull docker-archive:/x.tar:app:1: open /x.tar: file not found", "PULL_FAILED"]);
  expect(explainPullFailure(archive, fatal("no space left on device")).code).toBe("ENOSPC");
});
