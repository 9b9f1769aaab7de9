import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeContainer, loadChangeable, NAME } from "./changed-container.ts";
import { tellTree } from "./tree.ts";

let sandbox: Sandbox;
const mydocker = (args: string[]) => sandbox.tool("mydocker", args);
const must = async (tool: string, args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await sandbox.tool(tool, args);
  expect({ code, stderr, args }).toMatchObject({ code: 0, stderr: "" });
  return stdout.trim();
};
const inspect = async (name: string) => JSON.parse(await must("mydocker-image", ["inspect", name]));
const blob = (digest: string): string =>
  readFileSync(join(sandbox.paths.root, "images/blobs/sha256", digest.slice("sha256:".length)), "utf8");
/** What a container sees; it does not run. */
const treeOfContainer = async (id: string): Promise<string> => {
  const told = await tellTree(sandbox, await must("mydocker-image", ["mount", id]));
  await must("mydocker-image", ["unmount", id]);
  // Made to mount on, in every container: no change of its.
  return told
    .replace(/^b'(?:dev|proc|sys|etc\/(?:hosts|hostname|resolv.conf))' .*\n/gm, "")
    .replace(/^(b'etc' \S+ 0 0) \d+/m, "$1");
};
const treeOfImage = async (name: string): Promise<string> => {
  await sandbox.shell(`mydocker-image bundle --id tree ${name} >/dev/null`);
  const told = await treeOfContainer("tree");
  await must("mydocker-image", ["release", "tree"]);
  return told;
};
const store = async (): Promise<unknown> => {
  const { stdout } = await sandbox.shell(
    `cd ${sandbox.paths.root} && find images layers stacks l tmp | sort; cat images/index.json`,
  );
  return stdout;
};

const CONFIG = {
  Entrypoint: ["/entry"],
  Cmd: ["default"],
  Env: ["PATH=/bin", "A=image"],
  User: "0",
  Labels: { from: "image" },
  Volumes: { "/vol": {} },
  ExposedPorts: { "80/tcp": {} },
  Healthcheck: { Test: ["CMD", "true"] },
};

beforeAll(async () => {
  sandbox = makeSandbox();
  await loadChangeable(sandbox, { config: CONFIG, outer: { author: "somebody", "moby.unknown": { kept: true } } });
  await changeContainer(sandbox, "made", ["--entrypoint", ""]);
});

afterAll(() => sandbox.cleanUp());

describe("a container's changes become a layer", () => {
  it("of which a container sees what the first one saw", async () => {
    const id = await must("mydocker", ["commit", "made", "same:1"]);
    expect(id).toBe((await inspect("same:1")).id);
    const [was, is] = [await treeOfContainer("made"), await treeOfImage("same:1")];
    expect(is.split("\n")).toEqual(was.split("\n"));
    expect(was).toContain("security.capability");
    expect(was).toContain("a name with blanks");
    expect(JSON.parse(await must("mydocker-image", ["verify"]))).toMatchObject({ problems: [] });
  });

  it("that is the image's own words: whiteouts, opaque directories, and nothing of overlayfs", async () => {
    await must("mydocker", ["commit", "made", "words:1"]);
    const { layers } = await inspect("words:1");
    expect(layers).toHaveLength(3);
    const file = join(sandbox.paths.root, "images/blobs/sha256", layers[2].digest.slice("sha256:".length));
    const list = `import sys, tarfile
for m in tarfile.open(sys.argv[1], errors="replace"): print(m.name, m.type.decode(), m.linkname, sorted(k for k in m.pax_headers if "xattr" in k))`;
    const { stdout } = await sandbox.shell(`python3 -c '${list}' ${file}`);
    const entries = stdout.trim().split("\n");
    for (const entry of [".wh.gone 0  []", "d/.wh.second 0  []", "opaque/.wh..wh..opq 0  []", "new/same 1 new/deep []"])
      expect(entries).toContain(entry);
    expect(stdout).not.toContain("overlay");
    expect(entries.filter((entry) => /^(?:\.|dev|proc|sys|etc|etc\/hosts|vol) /.test(entry))).toEqual([]);
    expect(entries.filter((entry) => entry.startsWith("d/new "))).toEqual([
      "d/new 0  ['SCHILY.xattr.security.capability']",
    ]);
  });

  it("twice the same, and once in the store", async () => {
    await must("mydocker", ["commit", "made", "twice:1"]);
    await must("mydocker-image", ["repack", "made", "twice:2"]);
    const [one, two] = [await inspect("twice:1"), await inspect("twice:2")];
    expect(two.layers).toEqual(one.layers);
  });
});

it("is not taken in by a name that begins as a compressed file does", async () => {
  await sandbox.shell(`mydocker-image bundle --id magic ${NAME} >/dev/null`);
  await sandbox.shell(
    `cd ${sandbox.paths.root}/containers/magic/upper && name=$(printf '\\037\\213\\010') && echo x > "$name" && touch -d @1 "$name"`,
  );
  await must("mydocker", ["commit", "magic", "magic:1"]);
  expect(JSON.parse(await must("mydocker-image", ["verify", "magic:1"]))).toMatchObject({ layers: 3, problems: [] });
  await must("mydocker-image", ["release", "magic"]);
});

describe("the new image's config", () => {
  it("is the container's: what the image says, what the user said, and what --change says", async () => {
    const flags = [
      "--name",
      "given",
      "--entrypoint",
      "/bin/echo",
      "-e",
      "A=user",
      "-e",
      "B=2",
      "-w",
      "/d",
      "-u",
      "0:0",
    ];
    const more = ["-l", "k=v", "--stop-signal", "INT", "-v", "/own", "-p", "127.0.0.1::8080"];
    await must("mydocker", ["run", ...flags, ...more, NAME, "x", "y"]);
    await must("mydocker", [
      "commit",
      "-a",
      "me <me@x>",
      "-m",
      "why",
      "-c",
      "ENV C=$A",
      "-c",
      "EXPOSE 53/udp",
      "given",
      "given:1",
    ]);
    const { id, config, layers } = await inspect("given:1");
    expect(config).toEqual({
      Entrypoint: ["/bin/echo"],
      Cmd: ["x", "y"],
      Env: ["PATH=/bin", "A=user", "B=2", "C=user"],
      User: "0:0",
      WorkingDir: "/d",
      Labels: { from: "image", k: "v" },
      StopSignal: "SIGINT",
      Volumes: { "/vol": {}, "/own": {} },
      ExposedPorts: { "80/tcp": {}, "8080/tcp": {}, "53/udp": {} },
      Healthcheck: { Test: ["CMD", "true"] },
    });
    const document = JSON.parse(blob(id));
    expect(document).toMatchObject({ author: "me <me@x>", os: "linux", "moby.unknown": { kept: true } });
    expect(document.rootfs.diff_ids).toEqual(layers.map(({ diffId }: { diffId: string }) => diffId));
    expect(document.history.at(-1)).toMatchObject({ created_by: "/bin/echo x y", author: "me <me@x>", comment: "why" });
    await must("mydocker", ["rm", "given"]);
    expect(await must("mydocker", ["run", "--rm", "given:1"])).toBe("x y");
  });

  it("is all that is new where no file has changed", async () => {
    await must("mydocker", ["run", "--name", "still", "--entrypoint", "/bin/true", NAME]);
    await must("mydocker", ["commit", "-c", "USER 5", "still", "still:1"]);
    const [base, made] = [await inspect(NAME), await inspect("still:1")];
    expect(made.layers).toEqual(base.layers);
    expect(JSON.parse(blob(made.id)).history.at(-1)).toMatchObject({ empty_layer: true });
    expect(await must("mydocker", ["diff", "still"])).toBe("");
    await must("mydocker", ["rm", "still"]);
  });

  it("stays the image's with repack, which prints JSON", async () => {
    const args = ["--author", "me", "--message", "why", "--created-by", "script"];
    const told = JSON.parse(await must("mydocker-image", ["repack", ...args, "made", "packed:1"]));
    const { id, config, layers } = await inspect("packed:1");
    expect(told).toMatchObject({ id, reference: "docker.io/library/packed:1", layer: { diffId: layers[2].diffId } });
    expect(config).toEqual((await inspect(NAME)).config);
    expect(JSON.parse(blob(id)).history.at(-1)).toMatchObject({ created_by: "script", author: "me", comment: "why" });
  });

  it("is the same document for the same SOURCE_DATE_EPOCH", async () => {
    const env = { SOURCE_DATE_EPOCH: "1700000000" };
    const ids = await Promise.all(
      ["dated:1", "dated:2"].map((name) => sandbox.tool("mydocker", ["commit", "made", name], { env })),
    );
    expect(ids[0]).toEqual(ids[1]);
    expect((await inspect("dated:1")).created).toBe("2023-11-14T22:13:20.000Z");
  });
});

it("makes an image of any overlay's upper directory", async () => {
  const upper = join(sandbox.directory, "upper");
  await sandbox.shell(`mkdir -p ${upper}/d && echo mine > ${upper}/d/mine && mknod ${upper}/one c 0 0`);
  await must("mydocker-image", ["repack", "--upper", upper, NAME, "upper:1"]);
  expect(await must("mydocker-image", ["cat", "upper:1", "/d/mine"])).toBe("mine");
  const changes = await must("mydocker-image", ["diff", "--format", "lines", NAME, "upper:1"]);
  expect(changes.split("\n")).toEqual(["C /d", "A /d/mine", "D /one"]);
});

describe("an image without a name", () => {
  it("is docker's <none>, until it gets one", async () => {
    const id = await must("mydocker", ["commit", "made"]);
    const short = id.slice("sha256:".length, "sha256:".length + 12);
    const listed = async () => (await must("mydocker", ["images"])).split("\n").find((line) => line.includes(short));
    expect(await listed()).toMatch(/^<none> +<none> /);
    expect(await must("mydocker", ["run", "--rm", "--entrypoint", "/bin/cat", short, "/d/lower"])).toBe("changed");
    expect(JSON.parse(await must("mydocker", ["inspect", short]))[0]).toMatchObject({
      Id: id,
      RepoTags: [],
      RepoDigests: [],
    });
    await must("mydocker", ["tag", short, "named:1"]);
    expect(await listed()).toMatch(/^named +1 /);
    expect(await must("mydocker", ["rmi", "named:1"])).toBe(`Untagged: named:1\nDeleted: ${id}`);
  });

  it("goes with what nothing needs", async () => {
    const id = await must("mydocker", ["commit", "made"]);
    const pruned = await must("mydocker", ["image", "prune", "-f"]);
    expect(pruned).toContain(`Deleted Images:\ndeleted: ${id}\n`);
    expect(await must("mydocker", ["images"])).toContain("changed");
    const other = await must("mydocker", ["commit", "made"]);
    expect(await must("mydocker", ["rmi", other])).toBe(`Deleted: ${other}`);
  });
});

describe("what cannot be done leaves the store as it was, and says so in one line", () => {
  it.each([
    ["a container that is not there", ["nobody", "x:1"], 1, "No such container: nobody"],
    ["a name that is none", ["made", "../X"], 125, "image reference"],
    ["a digest for a name", ["made", `x@sha256:${"0".repeat(64)}`], 125, "a digest cannot be given"],
    [
      "an instruction that says something of files",
      ["-c", "RUN true", "made", "x:1"],
      125,
      "not a valid change command",
    ],
    ["an instruction that is wrong", ["-c", "EXPOSE x", "made", "x:1"], 125, "expected PORT"],
    ["a pause that is none", ["-p=perhaps", "made", "x:1"], 125, "expected true or false"],
    ["more bytes than may be", ["--limit", "size=1k", "made", "x:1"], 125, "more than 1024 bytes; try: --limit size=N"],
    ["more entries than may be", ["--limit", "entries=5", "made", "x:1"], 125, "more than 5 entries"],
  ])("%s", async (_, args, code, why) => {
    const before = await store();
    const result = await mydocker(["commit", ...args]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(why);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(await store()).toBe(before);
  });

  it("a path that is longer than any archive's", async () => {
    await sandbox.shell(`mydocker-image bundle --id deep ${NAME} >/dev/null`);
    const name = "d".repeat(250);
    await sandbox.shell(
      `cd ${sandbox.paths.root}/containers/deep/upper; for i in $(seq 20); do mkdir ${name}; cd ${name}; done`,
    );
    const { code, stderr } = await mydocker(["commit", "deep", "deep:1"]);
    expect(code).toBe(125);
    expect(stderr).toContain("ENAMETOOLONG");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    await must("mydocker-image", ["release", "deep"]);
  });

  it("an image whose blobs have been taken away", async () => {
    await must("mydocker", ["commit", "made", "lost:1"]);
    await sandbox.shell("mydocker-image bundle --id orphan lost:1 >/dev/null");
    await must("mydocker-image", ["remove", "--force", "lost:1"]);
    const { code, stderr } = await mydocker(["commit", "orphan", "x:1"]);
    expect(code).not.toBe(0);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    await must("mydocker-image", ["release", "orphan"]);
  });

  it("only says what it would do with --dry-run", async () => {
    const before = await store();
    for (const args of [
      ["commit", "made", "dry:1"],
      ["repack", "made", "dry:1"],
    ])
      expect(await must("mydocker-image", [args[0] ?? "", "--dry-run", ...args.slice(1)])).toContain(
        "make docker.io/library/dry:1",
      );
    expect(await store()).toBe(before);
  });
});

it("leaves out what a layer cannot have, and says which", async () => {
  await sandbox.shell(`mydocker-image bundle --id strange ${NAME} >/dev/null`);
  const upper = join(sandbox.paths.root, "containers/strange/upper");
  await sandbox.shell(
    `cd ${upper}; echo x > .wh.one; echo x > .wh.; echo ok > ok; python3 -c 'import socket; socket.socket(1).bind("s")'`,
  );
  const { code, stderr } = await mydocker(["commit", "strange", "strange:1"]);
  expect(code).toBe(0);
  expect(stderr.trim().split("\n")).toHaveLength(2);
  expect(stderr).toContain('".wh.one": left out');
  expect(await must("mydocker-image", ["diff", "--format", "lines", NAME, "strange:1"])).toBe("A /ok");
  await must("mydocker-image", ["release", "strange"]);
});
