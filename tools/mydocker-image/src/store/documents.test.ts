import { describe, expect, it } from "vitest";
import { parseImageConfig, parseManifest } from "./documents.ts";

const digest = `sha256:${"0".repeat(64)}`;
const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 };
const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 1 };
const manifest = (changes: object): string => JSON.stringify({ schemaVersion: 2, config, layers: [layer], ...changes });

describe("parseManifest", () => {
  it("reads a manifest", () => {
    expect(parseManifest(manifest({}), "m")).toMatchObject({ config: { digest }, layers: [{ digest, size: 1 }] });
  });

  it.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["an index as well", manifest({ manifests: [] })],
    ["no config", manifest({ config: undefined })],
    ["an artifact", manifest({ config: { ...config, mediaType: "application/x" } })],
    ["no layers", manifest({ layers: null })],
    ["an attestation as a layer", manifest({ layers: [{ ...layer, mediaType: "application/vnd.in-toto+json" }] })],
    ["a digest that is a path", manifest({ layers: [{ ...layer, digest: "sha256:../../../etc/passwd" }] })],
    ["an empty digest", manifest({ layers: [{ ...layer, digest: "" }] })],
    ["a digest of another kind", manifest({ layers: [{ ...layer, digest: `sha512:${"0".repeat(128)}` }] })],
    ["upper case hex", manifest({ layers: [{ ...layer, digest: `sha256:${"A".repeat(64)}` }] })],
    ["a digest with a newline", manifest({ layers: [{ ...layer, digest: `${digest}\n` }] })],
    ["a negative size", manifest({ layers: [{ ...layer, size: -1 }] })],
    ["a size as text", manifest({ layers: [{ ...layer, size: "1" }] })],
  ])("refuses %s", (_, text) => {
    expect(() => parseManifest(text, "m")).toThrow(/^m/);
  });
});

describe("parseImageConfig", () => {
  it("gives defaults for what is absent, or null as docker writes it", () => {
    const text = JSON.stringify({ os: "linux", config: { Cmd: null, Env: null, Volumes: null, Labels: null } });
    expect(parseImageConfig(text, "c").config).toEqual({
      user: "",
      env: [],
      entrypoint: [],
      cmd: [],
      workingDir: "",
      volumes: [],
      labels: {},
      exposedPorts: [],
    });
    expect(parseImageConfig("{}", "c").diffIds).toEqual([]);
  });

  it("reads what there is", () => {
    const given = { User: "web", Env: ["A=1"], Cmd: ["c"], Entrypoint: ["e"], WorkingDir: "/w", StopSignal: "SIGINT" };
    // Ports that are none are as good as not there.
    const more = {
      ExposedPorts: { "80/tcp": {}, "53": {}, "8o/tcp": {}, "70000000/udp": {} },
      Healthcheck: { Test: ["NONE"] },
    };
    const text = JSON.stringify({ config: { ...given, Volumes: { "/d": {} }, Labels: { a: "b" }, ...more } });
    expect(parseImageConfig(text, "c").config).toEqual({
      user: "web",
      env: ["A=1"],
      entrypoint: ["e"],
      cmd: ["c"],
      workingDir: "/w",
      stopSignal: "SIGINT",
      volumes: ["/d"],
      labels: { a: "b" },
      exposedPorts: ["53", "80/tcp"],
      healthcheck: { Test: ["NONE"] },
    });
  });

  it.each([
    { User: 0 },
    { Cmd: "sh" },
    { Cmd: [1] },
    { Env: ["A=\0"] },
    { WorkingDir: "/\0" },
    { Volumes: ["/d"] },
    { Labels: { a: 1 } },
    { ExposedPorts: ["80/tcp"] },
    { Healthcheck: "curl" },
  ])("refuses %j", (members) => {
    expect(() => parseImageConfig(JSON.stringify({ config: members }), "c")).toThrow(/^c: /);
  });

  it("refuses a diff id that is none", () => {
    expect(() => parseImageConfig(JSON.stringify({ rootfs: { diff_ids: ["x"] } }), "c")).toThrow("diff_ids");
  });
});
