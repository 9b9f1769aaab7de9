import { hostPaths } from "@mydocker/state";
import { expect, it } from "vitest";
import { skopeoArguments } from "./copy-from-registry.ts";
import { parseSource, type Source } from "./source.ts";

const paths = hostPaths({ MYDOCKER_ROOT: "/r" });
const HEX = "a".repeat(64);
const source = (text: string): Source => parseSource(text, undefined, "skopeo");

it("copies into the store's blobs, and into an index of its own", () => {
  expect(skopeoArguments(paths, source("busybox"), "/tmp/l", {}, true)).toEqual([
    "--override-os=linux",
    "copy",
    "--src-tls-verify=true",
    "--format=oci",
    "--dest-shared-blob-dir=/r/images/blobs",
    "docker://docker.io/library/busybox:latest",
    "oci:/tmp/l:image",
  ]);
});

it.each([
  ["localhost:5000/x", undefined, "false"],
  ["localhost:5000/x", true, "true"],
  ["r.lan/x", undefined, "true"],
  ["r.lan/x", false, "false"],
])("%s with --tls-verify=%s: %s", (image, tlsVerify, expected) => {
  const options = tlsVerify === undefined ? {} : { tlsVerify };
  expect(skopeoArguments(paths, source(image), "/l", options, true)).toContain(`--src-tls-verify=${expected}`);
});

it("passes the platform on, and no tag beside a digest, which skopeo refuses", () => {
  const platform = { os: "linux", architecture: "arm", variant: "v7" };
  const args = skopeoArguments(paths, source(`x:t@sha256:${HEX}`), "/l", { platform }, false);
  expect(args).toEqual(expect.arrayContaining(["--insecure-policy", "--override-arch=arm", "--override-variant=v7"]));
  expect(args).toContain(`docker://docker.io/library/x@sha256:${HEX}`);
});

it("asks no registry for what is in none", () => {
  const args = skopeoArguments(
    paths,
    parseSource("dir:/some/where", "app:1", "skopeo"),
    "/l",
    { tlsVerify: false },
    true,
  );
  expect(args).toContain("dir:/some/where");
  expect(args.some((word) => word.startsWith("--src-tls-verify"))).toBe(false);
});
