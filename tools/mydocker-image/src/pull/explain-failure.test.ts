import { expect, it } from "vitest";
import { parseReference } from "../reference/reference.ts";
import { explainPullFailure } from "./explain-failure.ts";

const reference = parseReference("r.lan:5000/app:1");
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
  const error = explainPullFailure(reference, `warning\n${fatal(said)}\n`);
  expect(error.code).toBe(code);
  expect(error.message).toContain(said);
  expect(error.message).toContain(":5000");
});

it("says something where skopeo said nothing", () => {
  expect(explainPullFailure(reference, "").message).toContain("said nothing");
});

it("cuts what is too long", () => {
  expect(explainPullFailure(reference, fatal(`denied ${"x".repeat(5000)}`)).message.length).toBeLessThan(500);
});
