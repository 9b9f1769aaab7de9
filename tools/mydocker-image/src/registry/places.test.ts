import { expect, it } from "vitest";
import { formatReference, parseReference } from "../reference/reference.ts";
import { pullPlaces, pushPlace } from "./places.ts";
import { parseRegistriesConf } from "./registries-conf.ts";

const RULES = parseRegistriesConf(
  `
unqualified-search-registries = ["docker.io"]

[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "mirror.lan:5000/hub/"
insecure = true
[[registry.mirror]]
location = "by-digest.lan"
pull-from-mirror = "digest-only"

[[registry]]
prefix = "docker.io/library/special"
location = "special.lan/moved"

[[registry]]
location = "insecure.lan:5000"
insecure = true

[[registry]]
prefix = "*.blocked.lan"
blocked = true

[[registry]]
prefix = "old.lan"
location = "new.lan"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.lan"
`,
  "registries.conf",
);
const DIGEST = `sha256:${"a".repeat(64)}`;

function places(name: string): string[] {
  return pullPlaces(parseReference(name), RULES).map(
    ({ reference, tlsVerify, isMirror }) =>
      `${formatReference(reference)}${isMirror ? " mirror" : ""}${tlsVerify === false ? " insecure" : ""}`,
  );
}

it.each([
  ["busybox", ["mirror.lan:5000/hub/library/busybox:latest mirror insecure", "docker.io/library/busybox:latest"]],
  [
    `a/b@${DIGEST}`,
    [
      `mirror.lan:5000/hub/a/b@${DIGEST} mirror insecure`,
      `by-digest.lan/a/b@${DIGEST} mirror`,
      `docker.io/a/b@${DIGEST}`,
    ],
  ],
  ["special:1", ["special.lan/moved:1"]],
  ["specially:1", ["mirror.lan:5000/hub/library/specially:1 mirror insecure", "docker.io/library/specially:1"]],
  ["insecure.lan:5000/x", ["insecure.lan:5000/x:latest insecure"]],
  ["insecure.lan:50001/x", ["insecure.lan:50001/x:latest"]],
  ["old.lan/x/y:2", ["new.lan/x/y:2"]],
  [`old.lan/x@${DIGEST}`, [`m.lan/x@${DIGEST} mirror`, `new.lan/x@${DIGEST}`]],
  ["other.lan/x", ["other.lan/x:latest"]],
])("%s is looked for at %s", (name, expected) => {
  expect(places(name)).toEqual(expected);
});

it("sends to no mirror, but where the registry has moved to", () => {
  const place = (name: string): string => formatReference(pushPlace(parseReference(name), RULES).reference);
  expect([place("busybox"), place("old.lan/x:1")]).toEqual(["docker.io/library/busybox:latest", "new.lan/x:1"]);
});

it("goes nowhere that is blocked", () => {
  expect(() => places("a.blocked.lan/x")).toThrow('registries.conf blocks "*.blocked.lan"');
  expect(places("blocked.lan/x")).toEqual(["blocked.lan/x:latest"]);
});

it.each([
  ["[[registry]\n", "Invalid TOML document"],
  ["[[registry]]\ninsecure = true\n", "registry 1 has neither a prefix nor a location"],
  ['[[registry]]\nlocation = "x"\ninsecure = "yes"\n', "registry 1: insecure: expected true or false"],
  ["[[registry]]\nlocation = 5\n", "registry 1: location: expected a text"],
  ['[[registry]]\nlocation = "x"\n[[registry.mirror]]\ninsecure = true\n', "registry 1: mirror 1 has no location"],
  ['[[registry]]\nlocation = "x"\nmirror = 5\n', "registry 1: mirror: expected tables"],
  ["[registries.search]\nregistries = []\n", "version 1"],
])("says what is wrong with %j", (text, why) => {
  expect(() => parseRegistriesConf(text, "/etc/x.conf")).toThrow(why);
  expect(() => parseRegistriesConf(text, "/etc/x.conf")).toThrow("/etc/x.conf: ");
});
