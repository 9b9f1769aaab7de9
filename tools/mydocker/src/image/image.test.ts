import { expect, test } from "vitest";
import { familiarName } from "./image.ts";

test.each([
  ["docker.io/library/busybox:latest", "busybox", "latest"],
  ["docker.io/some/app:1", "some/app", "1"],
  ["127.0.0.1:5000/app:v2", "127.0.0.1:5000/app", "v2"],
  ["127.0.0.1:5000/app", "127.0.0.1:5000/app", "<none>"],
  [`ghcr.io/a/b@sha256:${"0".repeat(64)}`, "ghcr.io/a/b", "<none>"],
])("%s is shown as %s %s", (reference, repository, tag) => {
  expect(familiarName(reference)).toEqual({ repository, tag });
});
