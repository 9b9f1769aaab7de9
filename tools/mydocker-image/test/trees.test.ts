import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeContainer, loadChangeable, NAME } from "./changed-container.ts";
import { type TarPart, tarArchive } from "./tar-archive.ts";
import { compress } from "./test-image.ts";
import { tellTree } from "./tree.ts";

let sandbox: Sandbox;
const mydocker = (args: string[]) => sandbox.tool("mydocker", args);
const must = async (tool: string, args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await sandbox.tool(tool, args);
  expect({ code, stderr, args }).toMatchObject({ code: 0, stderr: "" });
  return stdout.trim();
};
const file = (name: string): string => join(sandbox.directory, name);
const config = async (name: string) => JSON.parse(await must("mydocker-image", ["inspect", name]));
const temporaries = (): string[] => readdirSync(join(sandbox.paths.root, "tmp"));

beforeAll(async () => {
  sandbox = makeSandbox();
  await loadChangeable(sandbox);
  await changeContainer(sandbox, "made");
});

afterAll(() => sandbox.cleanUp());

describe("export", () => {
  it("is the tree that the container sees, for GNU tar as well", async () => {
    const mounted = await tellTree(sandbox, await must("mydocker-image", ["mount", "made"]));
    await must("mydocker", ["export", "-o", file("mounted.tar"), "made"]);
    await must("mydocker-image", ["unmount", "made"]);
    await must("mydocker", ["export", "-o", file("made.tar"), "made"]);
    expect(readFileSync(file("mounted.tar")).equals(readFileSync(file("made.tar")))).toBe(true);
    const unpacked = await sandbox.shell(
      `mkdir ${file("unpacked")} && tar -C ${file("unpacked")} --xattrs --xattrs-include='*' --numeric-owner -xpf ${file("made.tar")}`,
    );
    expect(unpacked).toMatchObject({ code: 0, stderr: "" });
    // An overlay counts the names that a file had before it was changed.
    const asUnpacked = (tree: string) => tree.replace(/^(b'two' .*) 2 /m, "$1 1 ").split("\n");
    expect(asUnpacked(await tellTree(sandbox, file("unpacked")))).toEqual(asUnpacked(mounted));
  });

  it("writes nothing to what it reads, and leaves nothing", async () => {
    const look = async () =>
      (await sandbox.shell(`cd ${sandbox.paths.root}/containers && find . -printf '%p %T@ %C@\\n' | sort`)).stdout;
    const before = await look();
    await must("mydocker", ["export", "-o", file("read.tar"), "made"]);
    expect(await look()).toBe(before);
    expect(temporaries()).toEqual([]);
  });

  it("is a file whole or not at all", async () => {
    const full = await sandbox.shell("mydocker export made > /dev/full");
    expect(full.code).toBe(125);
    expect(full.stderr).toMatch(/^mydocker-image export: write the archive: ENOSPC.*\n$/);
    const gone = await sandbox.shell(`mydocker export made | head -c 100 >/dev/null; echo "\${PIPESTATUS[0]}"`);
    expect(gone.stdout).not.toBe("0\n");
    const nowhere = await mydocker(["export", "-o", "/nowhere/file", "made"]);
    expect(nowhere.stderr).toContain("ENOENT");
    await sandbox.shell(
      `truncate -s 300M ${sandbox.paths.root}/containers/$(mydocker-image bundle --id big ${NAME} | jq -r '.annotations."io.mydocker.id"')/upper/big`,
    );
    for (const signal of ["KILL", "TERM"]) {
      const killed = await sandbox.shell(
        `mydocker-image export -o ${file("killed.tar")} big & sleep 0.1; kill -${signal} $!; wait $!`,
      );
      expect(killed.code).not.toBe(0);
    }
    await must("mydocker-image", ["gc"]);
    await must("mydocker-image", ["release", "big"]);
    expect(temporaries()).toEqual([]);
    // Who is killed cannot take away what it has begun with.
    expect(readdirSync(sandbox.directory).filter((name) => name.startsWith("killed"))).toEqual([
      expect.stringMatching(/^killed\.tar\.\d+-.*\.tmp$/),
    ]);
    expect(await mydocker(["export", "nobody"])).toMatchObject({ code: 1, stdout: "" });
  });
});

const TREE: TarPart[] = [
  { name: "bin/", type: "5" },
  { name: "bin/x", content: "content", mode: 0o755, uid: 7 },
];

describe("import", () => {
  it.each(["none", "gzip", "zstd", "xz"] as const)("takes an archive, compressed or not: %s", async (compression) => {
    writeFileSync(file("tree"), compress(tarArchive(TREE), compression));
    const id = await must("mydocker", ["import", file("tree"), `tree:${compression}`]);
    const { id: found, layers } = await config(`tree:${compression}`);
    expect(found).toBe(id);
    expect(layers).toMatchObject([{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }]);
    expect(await must("mydocker-image", ["cat", `tree:${compression}`, "/bin/x"])).toBe("content");
  });

  it("gives the image what --change, --message and --platform say", async () => {
    writeFileSync(file("tree"), tarArchive(TREE));
    const flags = ["-c", `CMD ["/bin/x"]`, "-c", "ENV A=1", "-m", "from nothing", "--platform", "linux/arm64/v8"];
    const { stdout: id } = await sandbox.shell(
      `mydocker import ${flags.map((word) => `'${word}'`).join(" ")} - said:1 < ${file("tree")}`,
    );
    const blob = join(sandbox.paths.root, "images/blobs/sha256", id.trim().slice("sha256:".length));
    expect(JSON.parse(readFileSync(blob, "utf8"))).toMatchObject({
      ...{ architecture: "arm64", variant: "v8", os: "linux" },
      config: { Cmd: ["/bin/x"], Env: ["A=1"] },
      history: [{ comment: "from nothing" }],
    });
    await must("mydocker", ["import", file("tree"), "plain:1"]);
    const [step] = JSON.parse(await must("mydocker-image", ["history", "plain:1"]));
    expect(step.comment).toBe(`Imported from ${file("tree")}`);
  });

  it("is the inverse of export", async () => {
    await sandbox.shell("mydocker export made | mydocker import - back:1");
    expect(await must("mydocker-image", ["diff", "--format", "lines", "back:1", "back:1"])).toBe("");
    await must("mydocker", ["commit", "made", "committed:1"]);
    // What the runtime made to mount on is in the one, and no change in the other.
    const changes = (await must("mydocker-image", ["diff", "--format", "lines", "committed:1", "back:1"])).split("\n");
    expect(changes.filter((line) => !/^A \/(?:dev|proc|sys|etc\/(?:hosts|hostname|resolv\.conf))$/.test(line))).toEqual(
      [],
    );
  });

  it.each<[string, Buffer, string]>([
    ["nothing", Buffer.alloc(0), "the archive is empty"],
    ["compressed nothing", compress(Buffer.alloc(0), "zstd"), "the archive is empty"],
    ["no archive", Buffer.from("<html>".repeat(500)), "not a tar archive"],
    [
      "an archive that is cut",
      tarArchive([{ name: "x", content: "y".repeat(5000) }]).subarray(0, 2000),
      "ends too early",
    ],
    ["a name that leads out", tarArchive([{ name: "../../x", content: "y" }]), "leads out"],
    ["a link for a root", tarArchive([{ name: ".", type: "2", link: "/etc" }]), "the root of a layer"],
    [
      "a bomb",
      compress(tarArchive([{ name: "x", content: Buffer.alloc(600 * 2 ** 20) }]), "zstd"),
      "more than 200 times its size",
    ],
  ])("refuses %s in one line", async (_, archive, why) => {
    const store = async () =>
      (await sandbox.shell(`cd ${sandbox.paths.root}; find images layers stacks tmp | sort`)).stdout;
    const before = await store();
    writeFileSync(file("bad.tar"), archive);
    const { code, stdout, stderr } = await mydocker(["import", file("bad.tar"), "bad:1"]);
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(why);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    await must("mydocker-image", ["gc"]);
    expect(await store()).toBe(before);
  });

  it("says what to do instead", async () => {
    expect((await mydocker(["import", "http://somewhere/x.tar"])).stderr).toContain(
      "try: curl -L http://somewhere/x.tar |",
    );
    expect((await mydocker(["import", "/no/such/file"])).stderr).toContain("ENOENT");
    expect((await mydocker(["import", "-c", "RUN x", file("tree")])).stderr).toContain("not a valid change command");
  });
});

describe("diff", () => {
  it("is docker's of a container: a directory has changed in which something has, and of what is gone the top is told", async () => {
    const lines = (await must("mydocker", ["diff", "made"])).split("\n");
    const expected = [
      "C /d",
      "C /d/lower",
      "A /d/new",
      "D /d/second",
      "D /gone",
      "C /opaque",
      "A /opaque/new",
      "D /opaque/old",
    ];
    for (const line of [
      ...expected,
      "C /one",
      "A /three",
      "C /becomes-file",
      "C /becomes-directory",
      "A /new/a name with blanks",
    ])
      expect(lines).toContain(line);
    expect(lines.map((line) => line.slice(2))).toEqual(lines.map((line) => line.slice(2)).sort());
    expect(lines.filter((line) => /\/(?:dev|proc|sys|etc|two|vol|gone\/x)(?:\/|$)/.test(line))).toEqual([]);
    const changes = JSON.parse(await must("mydocker-image", ["diff", "made"]));
    expect(changes.find(({ path }: { path: string }) => path === "sparse")).toEqual({
      change: "added",
      path: "sparse",
      size: 3145731,
    });
  });

  it("tells of attributes, capabilities, owners, modes and contents between images, and of no times", async () => {
    const base: TarPart[] = ["a", "b", "c", "d", "e", "f"].map((name) => ({ name, content: "same" }));
    const other: TarPart[] = [
      { name: "a", content: "same", pax: { "SCHILY.xattr.user.x": "1" } },
      { name: "b", content: "same", mode: 0o4755 },
      { name: "c", content: "same", gid: 5 },
      { name: "d", content: "SAME" },
      { name: "e", content: "same", mtime: 5 },
      { name: "g", type: "2", link: "a" },
    ];
    for (const [name, parts] of [
      ["base", base],
      ["other", other],
    ] as const) {
      writeFileSync(file("tree"), tarArchive(parts));
      await must("mydocker", ["import", file("tree"), `${name}:1`]);
    }
    const changes = await must("mydocker-image", ["diff", "--format", "lines", "base:1", "other:1"]);
    expect(changes.split("\n")).toEqual(["C /a", "C /b", "C /c", "C /d", "D /f", "A /g"]);
    const back = JSON.parse(await must("mydocker-image", ["diff", "other:1", "base:1"]));
    expect(back.map(({ change }: { change: string }) => change)).toEqual([
      "changed",
      "changed",
      "changed",
      "changed",
      "added",
      "removed",
    ]);
  });

  it("says what it does not know", async () => {
    expect(await mydocker(["diff", "nobody"])).toMatchObject({ code: 1, stdout: "" });
    expect((await sandbox.tool("mydocker-image", ["diff", NAME, "no/such"])).code).toBe(1);
    expect((await sandbox.tool("mydocker-image", ["diff", "--format", "yaml", "made"])).stderr).toContain(
      "json or lines",
    );
  });
});
