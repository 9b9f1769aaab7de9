import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TarPart, tarArchive } from "./tar-archive.ts";
import { composeImage, type ImageChanges, type LayerContent, putImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};

/** An image in the store, by the name it got. */
const pulled = async (name: string, layers: LayerContent[], changes?: ImageChanges): Promise<string> => {
  await putImage(`http://${registry.host}`, `${name}:1`, composeImage(layers, changes));
  const reference = `${registry.host}/${name}:1`;
  const { code, stderr } = await image(["pull", "-q", reference]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return reference;
};

const layersOf = async (reference: string): Promise<string[]> =>
  (await image(["unpack", reference])).stdout.trim().split("\n");

/** Runs a script in a container of the image, which has busybox in /bin. */
const run = async (reference: string, script: string): Promise<string> => {
  const { stdout, stderr } = await sandbox.shell(
    `mydocker-image bundle --rm ${reference} -- /bin/busybox sh -c '${script}' | mydocker-init run`,
  );
  expect(stderr).toBe("");
  return stdout;
};

const base = (root: string): void => {
  for (const path of ["bin", "etc", "proc", "sys", "dev", "data/old"]) mkdirSync(join(root, path), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:/bin/sh\n");
  writeFileSync(join(root, "data/old/file"), "base");
  writeFileSync(join(root, "data/gone"), "base");
};
const parts = (...list: TarPart[]): Buffer => tarArchive(list);
const directory = (name: string, more: Partial<TarPart> = {}): TarPart => ({ name: `${name}/`, type: "5", ...more });
const file = (name: string, content: string, more: Partial<TarPart> = {}): TarPart => ({ name, content, ...more });

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

describe("layers", () => {
  it("are unpacked once, whoever has them", async () => {
    const first = await pulled("first", [base, parts(file("one", "1"))]);
    const second = await pulled("second", [base, parts(file("two", "2"))]);
    const [, shared = ""] = await layersOf(first);
    expect((await layersOf(second))[1]).toBe(shared);
    const before = lstatSync(join(shared, "bin/busybox"));
    expect(await image(["remove", first])).toMatchObject({ code: 0 });
    expect(lstatSync(join(shared, "bin/busybox")).ino).toBe(before.ino);
    expect(entries("layers").filter((name) => !name.endsWith(".json"))).toHaveLength(2);
    expect(await image(["remove", second])).toMatchObject({ code: 0 });
    expect([entries("layers"), entries("l"), entries("stacks"), entries("tmp")]).toEqual([[], [], [], []]);
  });

  it("lie on each other, with what an upper one takes away", async () => {
    const reference = await pulled("stacked", [
      base,
      parts(
        directory("data"),
        file("data/.wh.gone", ""),
        directory("data/old"),
        file("data/old/.wh..wh..opq", ""),
        file("data/old/new", "upper"),
        // Nobody below has the directory: what is taken away in it is not listed either.
        directory("fresh"),
        file("fresh/.wh.nothing", ""),
        file("fresh/file", "upper"),
      ),
    ]);
    expect(await run(reference, "cd /; busybox ls data data/old fresh 2>&1; busybox cat data/old/new")).toBe(
      "data:\nold\n\ndata/old:\nnew\n\nfresh:\nfile\nupper",
    );
  });

  it("take nothing of their own away, in whatever order they say it", async () => {
    const reference = await pulled("order", [
      base,
      parts(
        file("data/.wh.old", ""),
        directory("data/old"),
        file("data/old/new", "upper"),
        file("data/gone", "upper"),
        file("data/.wh.gone", ""),
      ),
    ]);
    expect(await run(reference, "busybox ls /data /data/old; busybox cat /data/gone")).toBe(
      "/data:\ngone\nold\n\n/data/old:\nnew\nupper",
    );
  });

  it("leave a directory that they do not tell of as it was told of below", async () => {
    const reference = await pulled("implicit", [
      base,
      parts(directory("srv", { mode: 0o750, uid: 7, gid: 8, mtime: 1000 }), directory("srv/in", { mode: 0o701 })),
      parts(file("srv/in/file", "upper"), file("other/file", "upper")),
    ]);
    const stat = 'busybox stat -c "%n %a %u %g %Y" /srv /srv/in /other; busybox cat /srv/in/file';
    const [srv, inside, other, text] = (await run(reference, stat)).split("\n");
    expect([srv, inside, text]).toEqual(["/srv 750 7 8 1000", "/srv/in 701 0 0 1700000000", "upper"]);
    expect(other).toMatch(/^\/other 755 0 0 /);
  });

  it("may come twice in an image, and be empty", async () => {
    const again = parts(file("again", "twice"));
    const reference = await pulled("twice", [base, again, parts(), parts(file(".wh.again", "")), again, parts()]);
    expect(await run(reference, "busybox cat /again")).toBe("twice");
    expect(await layersOf(reference)).toHaveLength(4);
  });

  it("may be more than their paths fit in the options of a mount", async () => {
    const many = Array.from({ length: 126 }, (_, index) =>
      parts(file(`n${index}`, `${index}`), file("last", `${index}`)),
    );
    const reference = await pulled("many", [base, ...many]);
    expect(await run(reference, "busybox cat /last /n0 /n77; busybox ls / | busybox wc -l")).toBe("125077133\n");
    // mount(8) has one string for all of them.
    expect(await image(["bundle", "--id", "many", reference])).toMatchObject({ code: 0 });
    const mounted = await image(["mount", "many"]);
    expect(mounted).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(mounted.stdout.trim(), "n125"), "utf8")).toBe("125");
    expect(await image(["release", "many"])).toMatchObject({ code: 0 });
    expect(await image(["remove", reference])).toMatchObject({ code: 0 });
  });

  it("keep owners, modes, times, links, devices and attributes", async () => {
    const capability =
      "\u0001\u0000\u0000\u0002\u0000\u0004\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000";
    const reference = await pulled("kept", [
      base,
      parts(
        file("setuid", "x", { mode: 0o4755, uid: 5, gid: 6, mtime: 1234 }),
        { name: "ping", content: "x", pax: { "SCHILY.xattr.security.capability": capability, mtime: "99.000000005" } },
        { name: "user", content: "x", pax: { "SCHILY.xattr.user.note": "\u00ff\u0000\u00fe" } },
        { name: "link", type: "2", link: "../../etc/passwd", uid: 3 },
        { name: "hard", type: "1", link: "setuid" },
        { name: "null", type: "3", major: 1, minor: 3, mode: 0o666 },
        { name: "disk", type: "4", major: 7, minor: 200 },
        { name: "pipe", type: "6", mode: 0o600 },
        { name: "short", content: "x", pax: { path: `${"long/".repeat(60)}name` } },
        { name: "latin1-\u00e9", content: "x" },
        directory("sticky", { mode: 0o1777, mtime: 77 }),
        file("sticky/file", "x"),
      ),
    ]);
    const [top = ""] = await layersOf(reference);
    const get = (name: string) => lstatSync(join(top, name));
    expect(get("setuid")).toMatchObject({ mode: 0o104755, uid: 5, gid: 6, mtimeMs: 1_234_000, nlink: 2 });
    expect(get("hard").ino).toBe(get("setuid").ino);
    expect(get("link")).toMatchObject({ uid: 3, mtimeMs: 1_700_000_000_000 });
    expect(get("null").rdev).toBe(0x103);
    expect(get("disk").isBlockDevice()).toBe(true);
    expect([get("pipe").isFIFO(), get("pipe").mode & 0o777]).toEqual([true, 0o600]);
    expect(get("sticky")).toMatchObject({ mode: 0o041777, mtimeMs: 77_000 });
    expect(statSync(join(top, "ping"), { bigint: true }).mtimeNs).toBe(99_000_000_005n);
    expect(existsSync(join(top, "long/".repeat(60), "name"))).toBe(true);
    expect(readdirSync(top, { encoding: "latin1" })).toContain("latin1-\u00e9");
    const attributes = await sandbox.shell(
      `cd ${top} && python3 -c 'import os; print(os.getxattr("ping", "security.capability").hex(), os.getxattr("user", "user.note").hex())'`,
    );
    expect(attributes.stdout).toBe(`${Buffer.from(capability, "latin1").toString("hex")} ff00fe\n`);
  });
});

describe("what a container is made of", () => {
  it("is looked up in all layers", async () => {
    const reference = await pulled(
      "users",
      [base, parts(file("etc/group", "log:x:7:web\n")), parts(directory("empty"), file("data/old/more", "top"))],
      { config: { User: "web", Volumes: { "/data/old": {} } } },
    );
    const { stdout } = await image(["bundle", "--id", "user", reference]);
    const config = JSON.parse(stdout);
    expect(config.process.user).toMatchObject({ uid: 33, gid: 34, additionalGids: [7] });
    const volume = config.mounts.find((mount: { destination: string }) => mount.destination === "/data/old").source;
    expect(readdirSync(volume).sort()).toEqual(["file", "more"]);
    expect(await image(["release", "user"])).toMatchObject({ code: 0 });
    expect(entries("tmp")).toEqual([]);
  });
});
