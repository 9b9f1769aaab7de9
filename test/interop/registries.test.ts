import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ComposedImage,
  composeImage,
  type ImageChanges,
  putImage,
  putManifest,
} from "../../tools/mydocker-image/test/test-image.ts";
import { type Peers, startPeers } from "./support/peers.ts";
import { type Registries, startRegistries } from "./support/registries.ts";
import { makeShownLayers, type ShownLayers } from "./support/shown-layers.ts";

let peers: Peers;
let store: TestRegistry;
let registries: Registries;
let layers: ShownLayers;

beforeAll(async () => {
  peers = await startPeers();
  const { host, write } = peers;
  const directory = join(host.directory, "images");
  mkdirSync(directory);
  layers = makeShownLayers(directory);
  // It fills what the others serve: the host has a loopback of its own, which the test cannot reach.
  store = await startRegistry(join(directory, "registry"));
  registries = await startRegistries(host, join(directory, "registry/data"));
  await putAll(`http://${store.host}`);
  for (const parent of ["/etc/docker/certs.d", "/etc/containers/certs.d"]) {
    await write(`${parent}/${registries.tls}/ca.crt`, readFileSync(registries.authority, "utf8"));
  }
  const { basic, tls, user, password } = registries;
  for (const registry of [basic, tls]) {
    await peers.docker("login", "-u", user, "-p", password, registry);
  }
}, 300_000);

afterAll(async () => {
  await store?.stop();
  await registries?.stop();
  await peers?.stop();
}, 60_000);

/** One image in all forms that a registry may have it in, and another on the same base. */
async function putAll(base: string): Promise<void> {
  const { base: debian, everything, changes, one, two } = layers;
  const config = { config: { Cmd: ["/bin/bash"], Env: ["PATH=/usr/bin:/bin", "GREETING=hello"] } };
  const compose = (more: ImageChanges): ComposedImage =>
    composeImage([debian, everything, changes, one], { ...config, ...more });
  const gzip = compose({});
  const forms = { gzip, schema2: compose({ docker: true }), zstd: compose({ compression: "zstd" }) };
  for (const [tag, composed] of Object.entries(forms)) await putImage(base, `debian:${tag}`, composed);
  await putImage(base, "debian:other", composeImage([debian, everything, two], config));
  const foreign = composeImage([two], { outer: { architecture: "s390x" } });
  await putImage(base, "debian:foreign", foreign);
  const attestation = composeImage([Buffer.from("{}")], {
    outer: { architecture: "unknown", os: "unknown" },
    manifest: (manifest) => ({
      ...manifest,
      layers: manifest.layers.map((layer) => ({ ...layer, mediaType: "application/vnd.in-toto+json" })),
    }),
  });
  await putImage(base, "debian:attestation", attestation);
  const own = entry(gzip, { os: "linux", architecture: "amd64" });
  await putIndex(base, "index", [entry(foreign, { os: "linux", architecture: "s390x" }), own]);
  const annotations = {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": gzip.manifest.digest,
  };
  const beside = { ...entry(attestation, { os: "unknown", architecture: "unknown" }), annotations };
  await putIndex(base, "attested", [beside, own]);
}

function entry({ manifest: { mediaType, digest, size } }: ComposedImage, platform: object): object {
  return { mediaType, digest, size, platform };
}

function putIndex(base: string, tag: string, manifests: object[]): Promise<void> {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  return putManifest(
    base,
    "debian",
    tag,
    mediaType,
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
  );
}

/** podman shows an image's root closed to writing, whatever its mode is. */
function withoutRoot(tree: string): string {
  return tree.slice(tree.indexOf("\n") + 1);
}

/** That the trees that are compared show anything at all. */
const SIGNS = [
  /^b'show\/attributes\/capable' .*security\.capability.*user\.binary/m,
  /^b'show\/times\/past' 0o100644 0 0 981173106123456789 /m,
  /^b'show\/modes\/file-4755' 0o104755 /m,
  /^b'show\/owners\/2000000000:1' 0o100644 2000000000 1 /m,
  /^b'show\/names\/latin-\\xe9' /m,
];

const CASES: [keyof Registries & ("plain" | "basic" | "tls"), string, string, boolean][] = [
  ["plain", "OCI, gzip", "gzip", true],
  ["plain", "OCI, zstd, which docker 20.10 does not read", "zstd", false],
  ["basic", "docker's schema 2", "schema2", true],
  ["basic", "an index of several platforms", "index", true],
  ["tls", "an index with attestations", "attested", true],
  ["tls", "another image on the same base", "other", true],
];

test.each(CASES)(
  "%s registry, %s: pulled, run, pushed, and the same to all",
  async (kind, _, tag, dockerReads) => {
    const registry = registries[kind];
    const [from, to] = [`${registry}/debian:${tag}`, `${registry}/back/debian:${tag}`];
    await peers.mydocker("pull", "-q", from);
    const look =
      "cat /show/kept/changed /show/becomes-file /show/becomes-directory/file; ls /show/opaque; echo $GREETING";
    const seen = await peers.mydocker("run", "--rm", "--network", "none", from, "sh", "-c", `${look} 2>&1`);
    if (tag === "other") expect(seen).toContain("old\n");
    else expect(seen).toBe("new\na file now\nin a directory now\nnew\nhello\n");
    await peers.tool("mydocker-image", "push", "-q", from, to);
    const tree = await peers.mydockerTree(from);
    expect(tree.split("\n").length).toBeGreaterThan(5000);
    for (const sign of SIGNS) expect(tree).toMatch(sign);
    expect(tree.includes("b'show/kept/deleted'")).toBe(tag === "other");
    const tlsVerify = kind === "tls" ? "true" : "false";
    await peers.podman("pull", "-q", `--tls-verify=${tlsVerify}`, to);
    expect(withoutRoot(await peers.podmanTree(to))).toBe(withoutRoot(tree));
    if (dockerReads) {
      await peers.docker("pull", "-q", to);
      expect(await peers.dockerTree(to)).toBe(tree);
    }
    await peers.tool("mydocker-image", "remove", from);
  },
  120_000,
);

test("what dockerd has is taken from there, by skopeo", async () => {
  const name = "docker.io/library/busybox:latest";
  await peers.docker("tag", "busybox", "taken.test/from/dockerd:1");
  const taken = ["pull", "-q", "--transport=skopeo", "docker-daemon:taken.test/from/dockerd:1"];
  await peers.tool("env", `DOCKER_HOST=${peers.dockerHost}`, "mydocker", ...taken);
  expect(await peers.mydockerTree("taken.test/from/dockerd:1")).toBe(await peers.dockerTree(name));
  await peers.tool("mydocker-image", "remove", "taken.test/from/dockerd:1");
});
