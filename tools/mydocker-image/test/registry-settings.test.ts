import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeRegistry, fakeRegistry, type Misbehaviour } from "./fake-registry.ts";
import { tarArchive } from "./tar-archive.ts";
import { type ComposedImage, composeImage } from "./test-image.ts";

let sandbox: Sandbox;
let home: string;
let count = 0;
const image = (args: string[], env: Record<string, string> = {}) =>
  sandbox.tool("mydocker-image", args, { env: { HOME: home, ...env } });
/** Never the same one twice: a store that has it would ask nobody. */
const compose = (size = 1000): ComposedImage =>
  composeImage([tarArchive([{ name: "file", content: randomBytes(size) }])]);

beforeAll(() => {
  sandbox = makeSandbox();
});

beforeEach(() => {
  count += 1;
  home = join(sandbox.directory, `home-${count}`);
  mkdirSync(home);
});

afterAll(() => sandbox.cleanUp());

async function serving(
  work: (fake: FakeRegistry) => Promise<void>,
  ...args: Parameters<typeof fakeRegistry>
): Promise<void> {
  const fake = await fakeRegistry(...args);
  try {
    await work(fake);
  } finally {
    await fake.stop();
  }
}

/** A name of this host that nobody takes for one: what is trusted on the loopback is not trusted there. */
function elsewhere({ host }: FakeRegistry): string {
  return host.replace("127.0.0.1", "127.1");
}

describe("registries.conf", () => {
  const write = (text: string): Record<string, string> => {
    const path = join(home, "registries.conf");
    writeFileSync(path, text);
    return { CONTAINERS_REGISTRIES_CONF: path };
  };
  const mirrored = (...mirrors: string[]): Record<string, string> =>
    write(
      `[[registry]]\nlocation = "nowhere.invalid"\n${mirrors.map((place) => `[[registry.mirror]]\nlocation = "${place}"\n`).join("")}`,
    );

  it("has a mirror asked, and the image keeps its name", () =>
    serving(async (fake) => {
      const { code, stdout } = await image(["pull", "-q", "nowhere.invalid/a/b:1"], mirrored(`${fake.host}/cache`));
      expect(code).toBe(0);
      expect(stdout).toMatch(/^nowhere\.invalid\/a\/b:1 sha256:/);
      expect(fake.requests.some((request) => request === "GET /v2/cache/a/b/manifests/1")).toBe(true);
    }, compose()));

  it("has the next one asked where a mirror fails, for what is missing alone", async () => {
    const composed = compose(3_000_000);
    const breaks: Misbehaviour = (_, response, blob) => {
      if (blob === undefined || blob.length < 1_000_000) return false;
      response.writeHead(206, { "Content-Length": blob.length });
      response.write(blob.subarray(0, blob.length / 2), () => response.destroy());
      return true;
    };
    const breaksOnce: Misbehaviour = (request, response, blob) =>
      request.headers.range === undefined
        ? breaks(request, response, blob)
        : blob !== undefined && blob.length > 1_000_000 && response.writeHead(503).end() !== undefined;
    await serving(
      (first) =>
        serving(async (second) => {
          const { code, stderr } = await image(
            ["pull", "-q", "nowhere.invalid/x:1"],
            mirrored("127.0.0.1:1", first.host, second.host),
          );
          expect(code).toBe(0);
          expect(stderr).toMatch(/warning: mirror 127\.0\.0\.1:1: .*cannot be reached/);
          expect(stderr).toMatch(/warning: mirror 127\.0\.0\.1:\d+: .*answers 503/);
          const blobs = second.requests.filter((request) => request.includes("/blobs/"));
          expect(blobs).toHaveLength(1);
          expect(blobs[0]).toMatch(/ bytes=1\d{6}-$/);
        }, composed),
      composed,
      breaksOnce,
    );
  });

  it("has none believed that sends something else", async () => {
    const composed = compose();
    const lies: Misbehaviour = (_, response, blob) =>
      blob !== undefined && blob.length > 900 && response.end(Buffer.alloc(blob.length)) !== undefined;
    await serving(
      (liar) =>
        serving(async (honest) => {
          const { code, stderr } = await image(["pull", "-q", "nowhere.invalid/x:2"], mirrored(liar.host, honest.host));
          expect(code).toBe(0);
          expect(stderr).toContain("another content");
        }, composed),
      composed,
      lies,
    );
  });

  it("has plain HTTP spoken with who is said to be insecure, and with nobody else", () =>
    serving(async (fake) => {
      const name = `${elsewhere(fake)}/x:1`;
      expect((await image(["pull", "-q", name])).stderr).toContain("it speaks plain HTTP, not HTTPS");
      const env = write(`[[registry]]\nlocation = "${elsewhere(fake)}"\ninsecure = true\n`);
      expect(await image(["pull", "-q", name], env)).toMatchObject({ code: 0, stderr: "" });
      expect((await image(["pull", "-q", "--tls-verify=true", name], env)).stderr).toContain("plain HTTP");
    }, compose()));

  it("is read in the user's own directory, and in pieces", async () => {
    const directory = join(home, ".config/containers/registries.conf.d");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "10-block.conf"), '[[registry]]\nprefix = "evil.invalid/x"\nblocked = true\n');
    const { code, stderr } = await image(["pull", "-q", "evil.invalid/x/y"]);
    expect(code).toBe(125);
    expect(stderr).toContain('registries.conf blocks "evil.invalid/x"; try: another registry');
  });

  it.each([
    ["[[registry", "Invalid TOML document"],
    ["[registries.insecure]\nregistries = []\n", "version 1"],
  ])("is said to be wrong where it is: %j", async (text, why) => {
    const { code, stderr } = await image(["pull", "-q", "nowhere.invalid/x"], write(text));
    expect(code).toBe(125);
    expect(stderr).toContain(why);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("certs.d", () => {
  let files: { ca: string; cert: Buffer; key: Buffer; clientCert: string; clientKey: string };

  beforeAll(() => {
    const directory = join(sandbox.directory, "certificates");
    mkdirSync(directory);
    execFileSync("bash", ["-euc", CERTIFICATES], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
    const read = (name: string): Buffer => readFileSync(join(directory, name));
    files = {
      ca: read("ca.crt").toString(),
      cert: read("server.crt"),
      key: read("server.key"),
      clientCert: read("client.crt").toString(),
      clientKey: read("client.key").toString(),
    };
  });

  const write = (registry: string, name: string, content: string): void => {
    const directory = join(home, ".config/containers/certs.d", registry);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), content);
  };

  it("has an authority trusted, for that registry", () =>
    serving(
      async (fake) => {
        const name = `${elsewhere(fake)}/x:1`;
        expect((await image(["pull", "-q", name])).stderr).toMatch(/certificate is not trusted .*certs\.d\/127\.1:/);
        write("another.lan:5000", "ca.crt", files.ca);
        expect((await image(["pull", "-q", name])).code).toBe(125);
        write(elsewhere(fake), "ca.crt", files.ca);
        expect(await image(["pull", "-q", name])).toMatchObject({ code: 0, stderr: "" });
        expect(await image(["push", "-q", name, `${elsewhere(fake)}/y:1`])).not.toMatchObject({
          stderr: expect.stringContaining("certificate") as string,
        });
      },
      compose(),
      undefined,
      { key: files.key, cert: files.cert },
    ));

  it("is not needed for an authority that the host trusts", () =>
    serving(
      async (fake) => {
        const path = join(home, "authorities.pem");
        writeFileSync(path, files.ca);
        const pulled = await image(["pull", "-q", `${elsewhere(fake)}/x:1`], { SSL_CERT_FILE: path });
        expect(pulled).toMatchObject({ code: 0, stderr: "" });
      },
      compose(),
      undefined,
      { key: files.key, cert: files.cert },
    ));

  it("is not got around by being sent to plain HTTP", async () => {
    const composed = compose();
    await serving(
      (plain) =>
        serving(
          async (fake) => {
            write(elsewhere(fake), "ca.crt", files.ca);
            const { code, stderr } = await image(["pull", "-q", `${elsewhere(fake)}/x:1`]);
            expect(code).toBe(125);
            expect(stderr).toMatch(/it redirects to "http:.*, which is not followed/);
            expect(plain.requests).toEqual([]);
          },
          composed,
          (request, response, blob) => {
            if (blob === undefined) return false;
            response.writeHead(307, { Location: `http://${plain.host}${request.url}` }).end();
            return true;
          },
          { key: files.key, cert: files.cert },
        ),
      composed,
    );
  });

  it("does not help a certificate that is another host's", () =>
    serving(
      async (fake) => {
        const name = `localhost:${fake.host.split(":")[1]}`;
        write(name, "ca.crt", files.ca);
        const { code, stderr } = await image(["pull", "-q", "--tls-verify=true", `${name}/x:1`]);
        expect(code).toBe(125);
        expect(stderr).toContain("its TLS certificate is not trusted");
      },
      compose(),
      undefined,
      { key: files.key, cert: files.cert },
    ));

  it("has a certificate of ours shown to the registry, and to nobody whom it names", async () => {
    const composed = compose();
    const tls = { key: files.key, cert: files.cert, ca: files.ca, requestCert: true };
    const shown: string[] = [];
    const look: Misbehaviour = ({ socket }) => {
      shown.push(String((socket as TLSSocket).getPeerCertificate().subject?.CN));
      return false;
    };
    await serving(
      (other) =>
        serving(
          async (fake) => {
            const name = `${elsewhere(fake)}/x:1`;
            write(elsewhere(fake), "ca.crt", files.ca);
            expect((await image(["pull", "-q", name])).code).toBe(125);
            write(elsewhere(fake), "client.cert", files.clientCert);
            expect((await image(["pull", "-q", name])).stderr).toContain("there is no client.key beside it");
            write(elsewhere(fake), "client.key", files.clientKey);
            expect(await image(["pull", "-q", name])).toMatchObject({ code: 0, stderr: "" });
            expect(shown.length).toBeGreaterThan(0);
            expect(shown.every((subject) => subject === "undefined")).toBe(true);
          },
          composed,
          (request, response, blob) => {
            if (blob === undefined) return false;
            response.writeHead(307, { Location: `https://${other.host}${request.url}` }).end();
            return true;
          },
          { ...tls, rejectUnauthorized: true },
        ),
      composed,
      look,
      { ...tls, rejectUnauthorized: false },
    );
  });
});

const CERTIFICATES = `
key="-newkey rsa:2048 -nodes"
openssl req -x509 $key -days 2 -subj "/CN=authority" -keyout ca.key -out ca.crt
for name in server client; do
  openssl req $key -subj "/CN=$name" -addext subjectAltName=IP:127.0.0.1 -keyout $name.key -out $name.csr
  openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out $name.crt
done
`;
