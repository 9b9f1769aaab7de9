import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeRegistry, fakeRegistry, type Misbehaviour } from "./fake-registry.ts";
import { tarArchive } from "./tar-archive.ts";
import { type ComposedImage, composeImage, type ImageChanges, putImage, putManifest, sha256 } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
const image = (args: string[], env: Record<string, string> = {}) => sandbox.tool("mydocker-image", args, { env });
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};

/** A layer that gzip cannot make smaller. */
const layer = (size = 100): Buffer => tarArchive([{ name: "file", content: randomBytes(size) }]);
const compose = (changes: ImageChanges = {}, ...layers: Buffer[]): ComposedImage =>
  composeImage(layers.length === 0 ? [layer()] : layers, changes);

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
});

afterEach(async () => {
  for (const { reference } of JSON.parse((await image(["list"])).stdout)) await image(["remove", reference]);
  await image(["gc"]);
  expect([entries("layers"), entries("images/blobs/sha256"), entries("tmp")]).toEqual([[], [], []]);
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

describe("what there is in a registry", () => {
  it.each<[string, ImageChanges]>([
    ["OCI, gzip", {}],
    ["OCI, zstd", { compression: "zstd" }],
    ["OCI, plain", { compression: "none" }],
    ["docker's schema 2", { docker: true }],
  ])("%s, and the manifest is kept as it is", async (_, changes) => {
    const composed = compose(changes, layer(), layer());
    await putImage(`http://${registry.host}`, "kinds:1", composed);
    const { code, stdout } = await image(["pull", "-q", `${registry.host}/kinds:1`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${registry.host}/kinds:1 ${composed.manifest.digest}\n` });
    const kept = readFileSync(join(sandbox.paths.root, "images/blobs/sha256", composed.manifest.digest.slice(7)));
    expect(kept.equals(composed.manifest.bytes)).toBe(true);
    const byDigest = `${registry.host}/kinds@${composed.manifest.digest}`;
    expect(await image(["pull", "-q", byDigest])).toMatchObject({ code: 0 });
  });

  it("an index, of which the platform is taken, and no attestation", async () => {
    const base = `http://${registry.host}`;
    const [own, other, attestation] = [compose(), compose({ outer: { architecture: "s390x" } }), compose()];
    for (const [name, composed] of [
      ["own", own],
      ["other", other],
      ["attestation", attestation],
    ] as const) {
      await putImage(base, `index:${name}`, composed);
    }
    const entry = (
      { manifest: { mediaType, digest, size } }: ComposedImage,
      platform: object,
      annotations?: object,
    ) => ({
      mediaType,
      digest,
      size,
      platform,
      ...(annotations === undefined ? {} : { annotations }),
    });
    const reference = { "vnd.docker.reference.type": "attestation-manifest" };
    const index = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        entry(attestation, { os: "unknown", architecture: "unknown" }, reference),
        entry(other, { os: "linux", architecture: "s390x" }),
        entry(own, { os: "linux", architecture: "amd64" }),
      ],
    };
    const bytes = Buffer.from(JSON.stringify(index));
    await putManifest(base, "index", "1", index.mediaType, bytes);
    const name = `${registry.host}/index`;
    expect((await image(["pull", "-q", `${name}:1`])).stdout).toContain(own.manifest.digest);
    expect((await image(["pull", "-q", "--platform=linux/s390x", `${name}:1`])).stdout).toContain(
      other.manifest.digest,
    );
    expect((await image(["pull", "-q", `${name}@sha256:${sha256(bytes)}`])).stdout).toContain(own.manifest.digest);
    const missing = await image(["pull", "-q", "--platform=linux/arm64", `${name}:1`]);
    expect(missing).toMatchObject({ code: 125, stdout: "" });
    expect(missing.stderr).toContain("no image for this platform (linux/arm64)");
  });

  it("is the same by skopeo", async () => {
    const composed = compose({}, layer(), layer());
    await putImage(`http://${registry.host}`, "both:1", composed);
    const { stdout } = await image(["pull", "-q", "--transport=skopeo", `${registry.host}/both:1`]);
    expect(stdout).toContain(composed.manifest.digest);
    // The store is a layout that other tools work on.
    const layout = join(sandbox.paths.root, "images");
    const copied = join(sandbox.directory, "copied");
    const copy = await sandbox.shell(
      `skopeo --insecure-policy copy -q oci:${layout}:${registry.host}/both:1 oci:${copied}:x && umoci ls --layout ${copied}`,
    );
    expect(copy).toMatchObject({ code: 0, stdout: "x\n" });
  });
});

describe("what has to be said to a registry", () => {
  const user = { Authorization: `Basic ${Buffer.from("user:secret").toString("base64")}` };
  const withConfig = (config: object): Record<string, string> => {
    const directory = join(sandbox.directory, `config-${sha256(JSON.stringify(config)).slice(0, 8)}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "config.json"), JSON.stringify(config));
    return { DOCKER_CONFIG: directory, HOME: directory };
  };

  /** Like docker's own, with either of the two ways. */
  const guard =
    (scheme: "Basic" | "Bearer"): Misbehaviour =>
    ({ headers, url = "" }, response) => {
      if (url.startsWith("/token")) {
        const isUser = headers.authorization === user.Authorization;
        const isAsked = url.includes("scope=repository%3Aapp%3Apull") && url.includes("service=here");
        response.writeHead(isUser && isAsked ? 200 : 401).end(isUser && isAsked ? '{"token":"t0ken"}' : "{}");
        return true;
      }
      if (headers.authorization === (scheme === "Basic" ? user.Authorization : "Bearer t0ken")) return false;
      const realm = `http://${headers.host}/token`;
      const challenge = scheme === "Basic" ? 'Basic realm="x"' : `Bearer realm="${realm}",service="here"`;
      response.writeHead(401, { "WWW-Authenticate": challenge }).end("{}");
      return true;
    };

  it.each(["Basic", "Bearer"] as const)("%s: as docker's config.json has it", async (scheme) => {
    const fake = await fakeRegistry(compose(), guard(scheme));
    try {
      const auth = Buffer.from("user:secret").toString("base64");
      const name = `${fake.host}/app:1`;
      const known = withConfig({ auths: { [fake.host]: { auth } } });
      expect(await image(["pull", "-q", name], known)).toMatchObject({ code: 0, stderr: "" });
      await image(["remove", name]);
      const wrong = withConfig({ auths: { [fake.host]: { auth: Buffer.from("user:wrong").toString("base64") } } });
      for (const env of [wrong, withConfig({})]) {
        const { code, stderr } = await image(["pull", "-q", name], env);
        expect(code).toBe(125);
        expect(stderr).toMatch(/access denied for .*; try: mydocker login/);
      }
    } finally {
      await fake.stop();
    }
  });

  it("what a credential helper says, or why it does not", async () => {
    const fake = await fakeRegistry(compose(), guard("Basic"));
    const bin = join(sandbox.directory, "helpers");
    mkdirSync(bin);
    const script = `#!/bin/sh\nread server; [ "$1 $server" = "get ${fake.host}" ] && echo '{"Username":"user","Secret":"secret"}'`;
    writeFileSync(join(bin, "docker-credential-good"), `${script}\n`, { mode: 0o755 });
    writeFileSync(join(bin, "docker-credential-bad"), "#!/bin/sh\necho the keyring is locked; exit 1\n", {
      mode: 0o755,
    });
    const path = { PATH: `${bin}:${sandbox.env.PATH}` };
    try {
      const name = `${fake.host}/app:1`;
      const good = withConfig({ credHelpers: { [fake.host]: "good" } });
      expect(await image(["pull", "-q", name], { ...good, ...path })).toMatchObject({ code: 0 });
      for (const [helper, why] of [
        ["bad", "the keyring is locked"],
        ["none", "it is not installed"],
        ["../x", "not the name"],
      ] as const) {
        const { code, stderr } = await image(["pull", "-q", name], { ...withConfig({ credsStore: helper }), ...path });
        expect(code).toBe(125);
        expect(stderr).toContain(`docker-credential-${helper}`);
        expect(stderr).toContain(why);
      }
    } finally {
      await fake.stop();
    }
  });

  it("nothing to anybody but the registry", async () => {
    const seen: (string | undefined)[] = [];
    const composed = compose();
    const elsewhere = await fakeRegistry(composed, ({ headers }) => {
      seen.push(headers.authorization);
      return false;
    });
    const fake = await fakeRegistry(composed, (request, response, blob) => {
      if (guard("Basic")(request, response, blob)) return true;
      if (blob === undefined) return false;
      response.writeHead(307, { Location: `http://${elsewhere.host}${request.url}` }).end();
      return true;
    });
    try {
      const env = withConfig({ auths: { [fake.host]: { auth: Buffer.from("user:secret").toString("base64") } } });
      expect(await image(["pull", "-q", `${fake.host}/app:1`], env)).toMatchObject({ code: 0 });
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.every((authorization) => authorization === undefined)).toBe(true);
    } finally {
      await fake.stop();
      await elsewhere.stop();
    }
  });
});

describe("a token server that does what none should", () => {
  it.each<[string, Misbehaviour, RegExp]>([
    ["sends a web page", (_, response) => response.end("<html>") !== undefined, /not a registry's/],
    [
      "sends a token that is none",
      (_, response) => response.end('{"token":"a\\nb"}') !== undefined,
      /not a registry's/,
    ],
    ["sends a megabyte", (_, response) => response.end("x".repeat(2 ** 21)) !== undefined, /not a registry's/],
    ["is silent", () => true, /sent nothing for 1 seconds/],
    ["has a bad day", (_, response) => response.writeHead(500).end("{}") !== undefined, /answers 500 for a token/],
  ])("%s", async (_, answer, why) => {
    const fake = await fakeRegistry(compose(), (request, response, blob) => {
      if (request.url?.startsWith("/token") === true) return answer(request, response, blob);
      const realm = `Bearer realm="http://${request.headers.host}/token"`;
      response.writeHead(401, { "WWW-Authenticate": realm }).end("{}");
      return true;
    });
    try {
      const { code, stderr } = await image(["pull", "-q", "--timeout=1", `${fake.host}/app:1`]);
      expect(code).toBe(125);
      expect(stderr).toMatch(why);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    } finally {
      await fake.stop();
    }
  });

  it("sends to another, which learns nothing", async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await fakeRegistry(compose(), ({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('{"token":"t"}');
      return true;
    });
    const fake = await fakeRegistry(compose(), ({ headers, url = "" }, response) => {
      if (headers.authorization === "Bearer t") return false;
      if (url.startsWith("/token")) response.writeHead(307, { Location: `http://${elsewhere.host}/token` }).end();
      else response.writeHead(401, { "WWW-Authenticate": `Bearer realm="http://${headers.host}/token"` }).end("{}");
      return true;
    });
    const config = join(sandbox.directory, "config-token");
    mkdirSync(config, { recursive: true });
    const auths = { [fake.host]: { auth: Buffer.from("user:secret").toString("base64") } };
    writeFileSync(join(config, "config.json"), JSON.stringify({ auths }));
    try {
      expect(await image(["pull", "-q", `${fake.host}/app:1`], { DOCKER_CONFIG: config })).toMatchObject({ code: 0 });
      expect(seen).toEqual([undefined]);
    } finally {
      await fake.stop();
      await elsewhere.stop();
    }
  });
});

describe("a registry with a certificate of its own", () => {
  it("is trusted when it is said that it is", async () => {
    const [key, certificate] = [join(sandbox.directory, "key.pem"), join(sandbox.directory, "certificate.pem")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
    await sandbox.shell(`openssl ${request.join(" ")} -keyout ${key} -out ${certificate}`);
    const composed = compose();
    const fake = await fakeRegistry(composed, undefined, { key: readFileSync(key), cert: readFileSync(certificate) });
    try {
      const name = `${fake.host}/app:1`;
      const { code, stderr } = await image(["pull", "-q", "--tls-verify=true", name]);
      expect(code).toBe(125);
      expect(stderr).toMatch(/its TLS certificate is not trusted .*; try: its authority in .*, or --tls-verify=false/);
      expect(await image(["pull", "-q", "--tls-verify=false", name])).toMatchObject({ code: 0, stderr: "" });
    } finally {
      await fake.stop();
    }
  });
});

describe("a pull that is not the first", () => {
  it("of several at once does the work once", async () => {
    const composed = compose({}, layer(300_000), layer(300_000));
    const fake = await fakeRegistry(composed);
    try {
      const name = `${fake.host}/app:1`;
      const pulls = await Promise.all(Array.from({ length: 4 }, () => image(["pull", "-q", name])));
      expect(pulls.map(({ code, stderr }) => [code, stderr])).toEqual(pulls.map(() => [0, ""]));
      for (const { digest } of JSON.parse(composed.manifest.bytes.toString()).layers) {
        expect(fake.requests.filter((request) => request.includes(digest))).toHaveLength(1);
      }
    } finally {
      await fake.stop();
    }
  });

  it("fetches only what is missing, after a kill too", async () => {
    const [small, large] = [layer(1000), layer(4_000_000)];
    const composed = compose({}, small, large);
    const digest = JSON.parse(composed.manifest.bytes.toString()).layers[1].digest;
    let isSlow = true;
    // Half of the large layer, and then nothing.
    const fake = await fakeRegistry(composed, (_, response, blob) => {
      if (!isSlow || blob === undefined || blob.length < 1_000_000) return false;
      response.writeHead(200, { "Content-Length": blob.length }).write(blob.subarray(0, blob.length / 2));
      return true;
    });
    try {
      const name = `${fake.host}/app:1`;
      await sandbox.shell(`mydocker-image pull -q ${name} & sleep 1; kill -9 $!; wait $! 2>/dev/null; true`);
      expect(entries("tmp")).toHaveLength(1);
      isSlow = false;
      fake.requests.length = 0;
      expect(await image(["pull", "-q", name])).toMatchObject({ code: 0, stderr: "" });
      const blobs = fake.requests.filter((request) => request.includes("/blobs/"));
      expect(blobs).toHaveLength(1);
      expect(blobs[0]).toMatch(new RegExp(`${digest} bytes=2\\d{6}-$`));
      expect(await image(["pull", "-q", name])).toMatchObject({ code: 0 });
      await image(["gc"]);
    } finally {
      await fake.stop();
    }
  });

  it("of an image on the same base moves its own layers alone", async () => {
    const base = layer(50_000);
    const first = await fakeRegistry(compose({}, base, layer()));
    const second = compose({}, base, layer());
    const fake = await fakeRegistry(second);
    try {
      expect(await image(["pull", "-q", `${first.host}/one:1`])).toMatchObject({ code: 0 });
      expect(await image(["pull", "-q", `${fake.host}/two:1`])).toMatchObject({ code: 0 });
      const { layers, config } = JSON.parse(second.manifest.bytes.toString());
      const fetched = fake.requests
        .filter((request) => request.includes("/blobs/"))
        .map((text) => text.split("/").at(-1));
      expect(fetched.sort()).toEqual([config.digest, layers[1].digest].sort());
    } finally {
      await first.stop();
      await fake.stop();
    }
  });
});

it("leaves the store as it was where the disk is full", async () => {
  const root = join(sandbox.directory, "small");
  mkdirSync(root);
  await sandbox.shell(`mount -t tmpfs -o size=8m tmpfs ${root}`);
  const fake = await fakeRegistry(compose({}, layer(3_000_000), layer(3_000_000)));
  try {
    const { code, stderr } = await image(["pull", "-q", `${fake.host}/app:1`], { MYDOCKER_ROOT: root });
    expect(code).toBe(125);
    expect(stderr).toMatch(/ENOSPC.*; try: make room/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await image(["list"], { MYDOCKER_ROOT: root })).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
    const left = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);
    expect([left(join(root, "images/blobs/sha256")), left(join(root, "layers"))]).toEqual([[], []]);
  } finally {
    await fake.stop();
    await sandbox.shell(`umount ${root}`);
  }
});

describe("a registry that does what none should", () => {
  const half = (blob: Buffer): Buffer => blob.subarray(0, blob.length / 2);
  const only =
    (
      kind: "manifests" | "blobs",
      answer: (response: Parameters<Misbehaviour>[1], blob: Buffer) => void,
    ): Misbehaviour =>
    ({ url = "" }, response, blob) => {
      if (!url.includes(`/${kind}/`)) return false;
      answer(response, blob ?? Buffer.alloc(0));
      return true;
    };

  it.each<[string, Misbehaviour, string]>([
    [
      "closes the connection",
      only("blobs", (response, blob) =>
        response.writeHead(200, { "Content-Length": blob.length }).write(half(blob), () => response.destroy()),
      ),
      "closed the connection",
    ],
    ["sends less than there is", only("blobs", (response, blob) => response.end(half(blob))), "bytes of sha256:"],
    [
      "sends more than there is",
      only("blobs", (response, blob) => response.end(Buffer.concat([blob, blob]))),
      "sends more than",
    ],
    [
      "sends something else",
      only("blobs", (response, blob) => response.end(Buffer.alloc(blob.length))),
      "another content",
    ],
    [
      "falls silent",
      only("blobs", (response, blob) => response.writeHead(200, { "Content-Length": blob.length }).write("x")),
      "sent nothing for 1 seconds",
    ],
    ["is silent from the start", only("manifests", () => {}), "sent nothing for 1 seconds"],
    ["has a bad day", only("manifests", (response) => response.writeHead(503).end("busy")), "it answers 503"],
    ["wants to be left alone", only("manifests", (response) => response.writeHead(429).end("{}")), "too many requests"],
    [
      "redirects to a file",
      only("blobs", (response) => response.writeHead(307, { Location: "file:///etc/passwd" }).end()),
      "which is not followed",
    ],
    [
      "redirects for ever",
      ({ url = "" }, response) => url !== "/v2/" && response.writeHead(307, { Location: url }).end() !== undefined,
      "more than 5 times",
    ],
    [
      "sends a web page",
      only("manifests", (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<html>")),
      "not a registry's",
    ],
    [
      "sends a web page as something else",
      only("manifests", (response) => response.writeHead(200).end("<html>")),
      "not a registry's",
    ],
    [
      "sends a web page for a layer",
      only("blobs", (response, blob) =>
        response.writeHead(200, { "Content-Type": "text/html" }).end("<html>".padEnd(blob.length)),
      ),
      "another content",
    ],
    [
      "sends another part than it was asked for",
      ({ headers }, response, blob) => {
        if (blob === undefined) return false;
        if (headers.range !== undefined) response.writeHead(206).end(blob.subarray(0, blob.length - half(blob).length));
        else response.writeHead(200, { "Content-Length": blob.length }).write(half(blob), () => response.destroy());
        return true;
      },
      "another content",
    ],
    [
      "sends a manifest of 5 MiB",
      only("manifests", (response) => response.writeHead(200).end(Buffer.alloc(5 * 2 ** 20, " "))),
      "more than 4194304 bytes",
    ],
    [
      "lies about the digest",
      ({ url = "" }, response) => {
        if (url.includes("/manifests/")) response.setHeader("Docker-Content-Digest", `sha256:${"0".repeat(64)}`);
        return false;
      },
      "its content is another",
    ],
  ])("%s", async (_, misbehave, why) => {
    const fake = await fakeRegistry(compose(), misbehave);
    try {
      const { code, stdout, stderr } = await image(["pull", "-q", "--timeout=1", `${fake.host}/app:1`]);
      expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
      expect(stderr).toContain(why);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect([entries("layers"), entries("tmp")]).toEqual([[], []]);
    } finally {
      await fake.stop();
    }
  });

  it.each<[string, ImageChanges["manifest"], string]>([
    ["is an index, too", (manifest) => ({ ...manifest, manifests: [] }), "an index and an image in one"],
    [
      "says it is something else",
      (manifest) => ({ ...manifest, mediaType: "application/vnd.oci.image.index.v1+json" }),
      "was sent as",
    ],
    [
      "has a path for a digest",
      (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], digest: "sha256:../../../etc/passwd" }] }),
      "expected a digest",
    ],
    [
      "has no digest",
      (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], digest: "" }] }),
      "expected a digest",
    ],
    [
      "has a digest of another kind",
      (manifest) => ({ ...manifest, config: { ...manifest.config, digest: "md5:0" } }),
      "expected a digest",
    ],
    [
      "has a config of 5 MiB",
      (manifest) => ({ ...manifest, config: { ...manifest.config, size: 5 * 2 ** 20 } }),
      "at most 4194304",
    ],
    [
      "lies about a size",
      (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], size: 10 }] }),
      "sends more than",
    ],
    [
      "says that a layer is larger than it is",
      (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], size: 10_000 }] }),
      "of 10000 bytes of sha256:",
    ],
    [
      "says that its config is larger than it is",
      (manifest) => ({ ...manifest, config: { ...manifest.config, size: 10_000 } }),
      "of 10000 bytes of sha256:",
    ],
    [
      "is not of an image",
      (manifest) => ({ ...manifest, config: { ...manifest.config, mediaType: "application/x" } }),
      "not a container image",
    ],
    [
      "has a layer that is none",
      (manifest) => ({ ...manifest, layers: [{ ...manifest.layers[0], mediaType: "text/html" }] }),
      "cannot be unpacked",
    ],
  ])("has a manifest that %s", async (_, manifest, why) => {
    const composed = compose(manifest === undefined ? {} : { manifest });
    const type = "application/vnd.oci.image.manifest.v1+json";
    const fake = await fakeRegistry({ ...composed, manifest: { ...composed.manifest, mediaType: type } });
    try {
      const { code, stderr } = await image(["pull", "-q", `${fake.host}/app:1`]);
      expect(code).toBe(125);
      expect(stderr).toContain(why);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    } finally {
      await fake.stop();
    }
  });

  it("asks no other server for a layer that names one", async () => {
    const trap = await fakeRegistry(compose());
    const foreign = (manifest: { layers: object[] }) => ({
      ...manifest,
      layers: [{ ...manifest.layers[0], urls: [`http://${trap.host}/v2/x/blobs/y`] }],
    });
    const fake: FakeRegistry = await fakeRegistry(
      compose({ manifest: foreign }),
      only("blobs", (response) => response.writeHead(404).end("{}")),
    );
    try {
      expect((await image(["pull", "-q", `${fake.host}/app:1`])).code).toBe(125);
      expect(trap.requests).toEqual([]);
    } finally {
      await fake.stop();
      await trap.stop();
    }
  });
});
