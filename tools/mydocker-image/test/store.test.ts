import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeImage, pushImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const list = async (): Promise<{ reference: string; id: string; digest: string; size: number }[]> =>
  JSON.parse((await image(["list"])).stdout);
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};

const base = (root: string): void => {
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
  writeFileSync(join(root, "gone"), "from the first layer");
  writeFileSync(join(root, "kept"), "from the first layer");
};
const second = (root: string): void => {
  writeFileSync(join(root, ".wh.gone"), "");
  writeFileSync(join(root, "added"), "from the second layer");
};

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  const make = (name: string, ...rest: Parameters<typeof makeImage> extends [string, ...infer R] ? R : never): void => {
    makeImage(join(sandbox.directory, name), ...rest);
    pushImage(join(sandbox.directory, name), `${registry.host}/${name}:1`);
  };
  make("one", [base]);
  make("two", [base, second]);
  make("short", [base, second], { diffIds: 1 });
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

describe("pull", () => {
  it("fetches, unpacks and prints one line", async () => {
    const { code, stdout, stderr } = await image(["pull", `${registry.host}/two:1`]);
    expect(stderr).toMatch(/^mydocker-image pull: [0-9a-f]{12}: done in /m);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${registry.host}/two:1 sha256:[0-9a-f]{64}\n$`));
    const [upper = "", lower = ""] = (await image(["unpack", `${registry.host}/two:1`])).stdout.split("\n");
    // Each layer by itself: what the upper one hides is a device 0:0 there, and still in the lower one.
    expect([readdirSync(upper).sort(), readdirSync(lower).sort()]).toEqual([
      ["added", "gone"],
      ["etc", "gone", "kept"],
    ]);
    expect(lstatSync(join(upper, "gone"))).toMatchObject({ rdev: 0, size: 0 });
    const found = (await list()).find(({ reference }) => reference === `${registry.host}/two:1`);
    expect(found).toMatchObject({ digest: stdout.trim().split(" ")[1], created: "2026-01-02T03:04:05Z" });
    expect(found?.size).toBeGreaterThan(0);
  });

  it("shares layers, and loses no reference of several at once", async () => {
    const names = ["one:1", "two:1"].map((name) => `${registry.host}/${name}`);
    const results = await Promise.all([...names, ...names].map((name) => image(["pull", "--quiet", name])));
    expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(results.map(() => [0, ""]));
    expect((await list()).map(({ reference }) => reference).sort()).toEqual(names);
    // Two manifests, two configs, two layers: the first layer is there once.
    expect(entries("images/blobs/sha256")).toHaveLength(6);
    expect(entries("tmp")).toEqual([]);
  });

  it("pulls by digest", async () => {
    const digest = (await image(["pull", "-q", `${registry.host}/one:1`])).stdout.trim().split(" ")[1] ?? "";
    const name = `${registry.host}/one@${digest}`;
    expect(await image(["pull", "-q", name])).toMatchObject({ code: 0, stdout: `${name} ${digest}\n` });
    expect(await image(["remove", name])).toMatchObject({ code: 0, stdout: `Untagged: ${name}\n` });
  });

  it.each([
    ["unknown tag", () => `${registry.host}/one:9`, "not found"],
    ["unknown repository", () => `${registry.host}/nobody/none`, "not found"],
    ["unreachable registry", () => "127.0.0.1:1/x", "cannot be reached"],
    ["bad name", () => "UPPER/Case", "lower case"],
    ["fewer diff ids than layers", () => `${registry.host}/short:1`, "diff ids"],
    ["another platform", () => `--platform=linux/s390x ${registry.host}/one:1`, "it is for"],
    ["unknown tag, by skopeo", () => `--transport=skopeo ${registry.host}/one:9`, "not found"],
    ["plain HTTP", () => `--tls-verify=true ${registry.host}/one:1`, "--tls-verify=false"],
  ])("explains in one line: %s", async (_, words, expected) => {
    const before = await list();
    const { code, stdout, stderr } = await image(["pull", "-q", ...words().split(" ")]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain(expected);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await list()).toEqual(before);
    expect(entries("tmp")).toEqual([]);
  });

  it("tells a web page from a registry", async () => {
    const server: Server = createServer((_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<html>Welcome</html>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    try {
      const { code, stderr } = await image(["pull", "-q", `127.0.0.1:${port}/x`]);
      expect(code).toBe(125);
      expect(stderr).toContain("not a registry's");
    } finally {
      server.close();
    }
  });

  it("only says what it would do with --dry-run", async () => {
    const { stdout } = await image(["pull", "--dry-run", `${registry.host}/one:7`]);
    expect(stdout).toContain(`docker://${registry.host}/one:7`);
    expect((await list()).some(({ reference }) => reference.endsWith(":7"))).toBe(false);
  });

  it("leaves nothing that gc does not find when it is killed", async () => {
    const script = `mydocker-image pull -q ${registry.host}/two:1 & sleep 0.0$((RANDOM % 9)); kill -9 $!; wait $! 2>/dev/null; true`;
    for (let round = 0; round < 5; round += 1) await sandbox.shell(script);
    await image(["gc"]);
    expect(entries("tmp")).toEqual([]);
    expect(await image(["gc"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});

describe("remove and inspect", () => {
  it("says no for what is not there", async () => {
    for (const verb of ["remove", "inspect", "unpack"]) {
      const { code, stderr } = await image([verb, "nobody/none"]);
      expect(code).toBe(1);
      expect(stderr).toContain("No such image: nobody/none");
    }
  });

  it("takes away what nothing else needs", async () => {
    await image(["pull", "-q", `${registry.host}/one:1`]);
    await image(["pull", "-q", `${registry.host}/two:1`]);
    const two = JSON.parse((await image(["inspect", `${registry.host}/two:1`])).stdout);
    expect(two).toMatchObject({ os: "linux", config: { Cmd: ["sh"] }, layers: [{}, {}] });
    const { code, stdout } = await image(["remove", two.id.slice("sha256:".length, 20)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Untagged: ${registry.host}/two:1\nDeleted: ${two.id}\n` });
    const [left] = two.layers;
    const name = left.diffId.slice("sha256:".length);
    expect(entries("stacks")).toEqual([`${(await list())[0]?.digest.slice("sha256:".length)}.json`]);
    expect([entries("layers").sort(), entries("l")]).toEqual([[name, `${name}.json`], [name.slice(0, 8)]]);
    expect(entries("images/blobs/sha256")).toHaveLength(3);
    const rootfs = (await image(["unpack", `${registry.host}/one:1`])).stdout.trim();
    expect(readFileSync(join(rootfs, "kept"), "utf8")).toBe("from the first layer");
  });

  it("keeps an image that containers were made of, unless forced, and then the tree they need", async () => {
    const name = `${registry.host}/one:1`;
    await image(["pull", "-q", name]);
    expect(await image(["bundle", "--id", "user", "--name", "the-user", name])).toMatchObject({ code: 0 });
    expect(await image(["remove", name])).toMatchObject({ code: 1, stdout: "" });
    expect((await image(["remove", name])).stderr).toContain("the-user");
    const before = entries("layers");
    expect(before).toHaveLength(2);
    expect(await image(["remove", "--force", name])).toMatchObject({ code: 0 });
    expect(entries("layers")).toEqual(before);
    expect(await image(["release", "user"])).toMatchObject({ code: 0 });
    const { stdout } = await image(["gc"]);
    expect(stdout).toMatch(/^unpacked image sha256:[0-9a-f]{64}\nlayer [0-9a-f]{64}\n$/);
    expect([entries("layers"), entries("stacks")]).toEqual([[], []]);
  });
});

describe("a store that was tampered with", () => {
  it("refuses a manifest that is another, or too large", async () => {
    const name = `${registry.host}/one:1`;
    await image(["pull", "-q", name]);
    const { digest } = (await list())[0] ?? { digest: "" };
    const blob = join(sandbox.paths.root, "images/blobs/sha256", digest.slice("sha256:".length));
    const whole = readFileSync(blob, "utf8");
    writeFileSync(blob, `${whole} `);
    await image(["pull", "-q", `${registry.host}/two:1`]);
    const listed = await image(["list"]);
    expect(listed.stderr).toContain(`warning: image ${name}`);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ reference: `${registry.host}/two:1` }]);
    expect((await image(["gc"])).stdout).toBe("");
    expect((await image(["remove", `${registry.host}/two:1`])).code).toBe(0);
    expect((await image(["inspect", name])).stderr).toContain("its content is another");
    writeFileSync(blob, whole.padEnd(4 * 1024 * 1024 + 1));
    expect((await image(["inspect", name])).stderr).toContain("at most");
    writeFileSync(blob, whole);
  });

  it("refuses to unpack a layer that is another", async () => {
    const name = `${registry.host}/one:1`;
    const { layers } = JSON.parse((await image(["inspect", name])).stdout);
    for (const part of ["layers", "stacks"]) rmSync(join(sandbox.paths.root, part), { recursive: true });
    const blob = join(sandbox.paths.root, "images/blobs/sha256", layers[0].digest.slice("sha256:".length));
    const whole = readFileSync(blob);
    writeFileSync(
      blob,
      whole.map((byte, index) => (index === whole.length >> 1 ? byte ^ 1 : byte)),
    );
    const { code, stderr } = await image(["unpack", name]);
    expect(code).toBe(125);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(`layer ${layers[0].digest.slice(0, 19)}`);
    expect([entries("layers"), entries("tmp")]).toEqual([[], []]);
    writeFileSync(blob, whole);
    expect(await image(["unpack", name])).toMatchObject({ code: 0 });
  });
});

describe("a layer that reaches out", () => {
  it("writes nothing outside its root through a link of an earlier layer", async () => {
    const outside = join(sandbox.directory, "outside");
    mkdirSync(outside);
    const layout = join(sandbox.directory, "escape");
    makeImage(layout, [
      (root) => symlinkSync(outside, join(root, "link")),
      (root) => {
        mkdirSync(join(root, "link"));
        writeFileSync(join(root, "link/file"), "escaped");
      },
    ]);
    pushImage(layout, `${registry.host}/escape:1`);
    await image(["pull", "-q", `${registry.host}/escape:1`]);
    expect(readdirSync(outside)).toEqual([]);
  });
});

it("takes what is half done away when it is asked to end", async () => {
  const layout = join(sandbox.directory, "interrupted");
  const fill = (root: string): void => {
    for (let index = 0; index < 3000; index += 1) writeFileSync(join(root, `file${index}`), "x");
  };
  makeImage(layout, [fill]);
  pushImage(layout, `${registry.host}/interrupted:1`);
  const begun = `until [ "$(ls ${join(sandbox.paths.root, "tmp")})" ]; do sleep 0.01; done`;
  for (const [signal, code] of [
    ["INT", 130],
    ["TERM", 143],
  ] as const) {
    const script = `mydocker-image pull -q ${registry.host}/interrupted:1 & ${begun}; kill -${signal} $!; wait $!`;
    expect(await sandbox.shell(script)).toMatchObject({ code, stdout: "" });
    expect([entries("tmp"), (await list()).some(({ reference }) => reference.includes("interrupted"))]).toEqual([
      [],
      false,
    ]);
  }
});
