import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { makeImage } from "./test-image.ts";

let sandbox: Sandbox;
const place = (name: string): string => join(sandbox.directory, name);
const image = (args: string[]) => sandbox.tool("mydocker-image", args);

/** The same image wherever skopeo reads images; docker-daemon: is tried in test/interop, where there is one. */
beforeAll(async () => {
  sandbox = makeSandbox();
  makeImage(place("layout"), [tarArchive([{ name: "file", content: "from elsewhere" }])]);
  const copy = `skopeo --insecure-policy copy -q oci:${place("layout")}:image`;
  const { code, stderr } = await sandbox.shell(
    `${copy} dir:${place("dir")} && ${copy} docker-archive:${place("docker.tar")}:a.test/archived:1 && ${copy} oci-archive:${place("oci.tar")}`,
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

afterAll(() => sandbox.cleanUp());

it.each([
  ["oci:LAYOUT:TAG, with a name", () => [`oci:${place("layout")}:image`, "a.test/named:1"], "a.test/named:1"],
  ["oci-archive:FILE, with a name", () => [`oci-archive:${place("oci.tar")}`, "a.test/named:2"], "a.test/named:2"],
  ["dir:DIRECTORY, with a name", () => [`dir:${place("dir")}`, "named"], "docker.io/library/named:latest"],
  ["docker-archive:FILE:NAME", () => [`docker-archive:${place("docker.tar")}:a.test/archived:1`], "a.test/archived:1"],
  ["docker-archive:FILE, with a name", () => [`docker-archive:${place("docker.tar")}`, "a.test/x:3"], "a.test/x:3"],
])("%s", async (_, words, name) => {
  const pulled = await sandbox.tool("mydocker", ["pull", "-q", "--transport=skopeo", ...words()]);
  expect(pulled).toMatchObject({ code: 0, stderr: "" });
  expect(pulled.stdout).toMatch(new RegExp(`^${name} sha256:[0-9a-f]{64}\n$`));
  expect(await image(["cat", name, "/file"])).toMatchObject({ code: 0, stdout: "from elsewhere" });
  expect(await image(["remove", name])).toMatchObject({ code: 0 });
});

it("says what is missing, in one line", async () => {
  const failure = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await image(["pull", "-q", ...words]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    return stderr;
  };
  expect(await failure("--transport=skopeo", "dir:/somewhere")).toContain("dir:/somewhere: expected a name for it");
  expect(await failure("dir:/somewhere")).toContain("dir: is skopeo's; try: --transport skopeo dir:/somewhere");
  expect(await failure("--transport=skopeo", "dir:/nowhere", "x")).toMatch(/pull dir:\/nowhere: .*no such file/);
  expect(await failure("busybox", "other")).toContain("a name of its own");
  expect(await failure("--transport=skopeo", "docker-daemon:../x")).toContain("image reference");
});

it("shows what it would do", async () => {
  const { stdout } = await image(["pull", "--dry-run", "--transport=skopeo", "dir:/x", "y:1"]);
  expect(stdout).toMatch(/^skopeo .* dir:\/x oci:TEMPORARY:image\nadd docker\.io\/library\/y:1 to the store/);
});
