import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LayerContent, makeImage } from "./test-image.ts";

let sandbox: Sandbox;
const must = async (tool: string, args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await sandbox.tool(tool, args);
  expect({ code, stderr, args }).toMatchObject({ code: 0, stderr: "" });
  return stdout;
};
const df = async () => JSON.parse(await must("mydocker-image", ["df"]));
const summary = async () => {
  const lines = (await must("mydocker", ["system", "df", "--format", "json"])).trim().split("\n");
  return Object.fromEntries(lines.map((line) => [JSON.parse(line).Type, JSON.parse(line)]));
};
/** As `du` counts them: blobs by their names, layers by their files. */
const onDisk = async (...parts: string[]): Promise<number> => {
  const { stdout } = await sandbox.shell(
    `cd ${sandbox.paths.root}; find ${parts.join(" ")} -type f -printf '%s\\n' | awk '{ sum += $1 } END { print sum + 0 }'`,
  );
  return Number(stdout);
};

const busybox: LayerContent = (root) => {
  mkdirSync(join(root, "bin"));
  copyFileSync("/bin/busybox", join(root, "bin/sh"));
};
const random =
  (name: string, bytes: number): LayerContent =>
  (root) => {
    execFileSync("sh", ["-c", `head -c ${bytes} /dev/urandom > ${name}`], { cwd: root });
  };

beforeAll(async () => {
  sandbox = makeSandbox();
  const shared = random("shared", 500_000);
  // Made once: random bytes are others each time.
  const layout = join(sandbox.directory, "first");
  makeImage(layout, [busybox, shared]);
  await sandbox.shell(
    `tar -C ${layout} -c . | mydocker-image load; mydocker tag image first:1; mydocker tag image also:1; mydocker rmi image`,
  );
  await must("mydocker", [
    "run",
    "--name",
    "maker",
    "first:1",
    "sh",
    "-c",
    "echo 0123456789 > /ten; echo x > /bin/own",
  ]);
  await must("mydocker", ["commit", "maker", "second:1"]);
  await must("mydocker", ["rm", "maker"]);
});

afterAll(() => sandbox.cleanUp());

describe("what images take", () => {
  it("is what is on the disk, what they share counted once", async () => {
    const { images, size, reclaimable } = await df();
    expect(images.map(({ references }: { references: string[] }) => references)).toEqual([
      ["docker.io/library/first:1", "docker.io/library/also:1"],
      ["docker.io/library/second:1"],
    ]);
    expect(size).toBe(await onDisk("images/blobs", "layers/*/"));
    expect(reclaimable).toBe(size);
    const [first, second] = images;
    expect(first.shared).toBe(second.shared);
    for (const image of images) expect(image.shared + image.unique).toBe(image.size);
    expect(first.shared + first.unique + second.unique).toBe(size);
    // Both layers, packed and not.
    expect(first.shared).toBeGreaterThan(1_000_000);
  });

  it("is freed by prune as far as it is reclaimable", async () => {
    await sandbox.shell("mydocker-image bundle --id user second:1 >/dev/null");
    const before = await df();
    expect(before.images.map(({ containers }: { containers: number }) => containers)).toEqual([0, 1]);
    expect(before.reclaimable).toBe(before.images[0].unique);
    const preview = JSON.parse(await must("mydocker-image", ["prune", "--all", "--dry-run"]));
    expect(preview.bytes).toBe(before.reclaimable);
    await must("mydocker-image", ["release", "user"]);
  });
});

describe("mydocker system df", () => {
  it("counts what is there, what is in use, and what could go", async () => {
    const flags = ["run", "-d", "--name", "runs", "-v", "used:/data", "-v", "/own", "second:1", "sh", "-c"];
    await must("mydocker", [...flags, "echo 12345 > /data/f; echo 123 > /f; sleep 1000"]);
    await must("mydocker", [
      "run",
      "--name",
      "ended",
      "-v",
      "other:/data",
      "first:1",
      "sh",
      "-c",
      "echo 1234567 > /f; echo 1 > /data/f",
    ]);
    await expect
      .poll(async () => (await sandbox.tool("mydocker", ["exec", "runs", "sh", "-c", "[ -s /f ]"])).code)
      .toBe(0);
    expect(await summary()).toMatchObject({
      Images: { TotalCount: "2", Active: "2", Reclaimable: "0B (0%)" },
      Containers: { TotalCount: "2", Active: "1", Size: "12B", Reclaimable: "8B (66%)" },
      "Local Volumes": { TotalCount: "2", Active: "2", Size: "8B", Reclaimable: "0B (0%)" },
    });
    await must("mydocker", ["rm", "ended"]);
    expect(await summary()).toMatchObject({
      Images: { TotalCount: "2", Active: "1" },
      Containers: { TotalCount: "1", Active: "1", Reclaimable: "0B (0%)" },
      "Local Volumes": { TotalCount: "2", Active: "1", Size: "8B", Reclaimable: "2B (25%)" },
    });
  });

  it("is docker's tables", async () => {
    const [heading, ...lines] = (await must("mydocker", ["system", "df"])).trimEnd().split("\n");
    expect(heading).toBe("TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE");
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(["Images", "Containers", "Local Volumes"]);
    const verbose = await must("mydocker", ["system", "df", "-v"]);
    for (const line of [
      /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS\n/,
      /^also +1 +[0-9a-f]{12} +\d+ months ago .* 0$/m,
      /^second +1 .* 1$/m,
      /\n\nContainers space usage:\n\nCONTAINER ID +IMAGE +COMMAND +LOCAL VOLUMES +SIZE +CREATED +STATUS +NAMES\n/,
      /^[0-9a-f]{12} +second:1 +"sh -c 'echo 12345 >…" +2 +4B +.* Up .* runs$/m,
      /\n\nLocal Volumes space usage:\n\nVOLUME NAME +LINKS +SIZE\n/,
      /^other +0 +2B$/m,
      /^used +1 +6B$/m,
    ])
      expect(verbose).toMatch(line);
    expect(await must("mydocker", ["system", "df", "--format", "{{.Type}}:{{.Active}}"])).toContain("Images:1\n");
    const both = await sandbox.tool("mydocker", ["system", "df", "-v", "--format", "json"]);
    expect(both).toMatchObject({ code: 125, stdout: "" });
    expect(both.stderr).toContain("conflict");
  });
});

it("says nothing of nothing", async () => {
  const env = { MYDOCKER_ROOT: join(sandbox.directory, "empty") };
  const { stdout, code } = await sandbox.tool("mydocker", ["system", "df", "--format", "{{.Size}} {{.Reclaimable}}"], {
    env,
  });
  expect({ stdout, code }).toEqual({ code: 0, stdout: "0B 0B\n0B 0B\n0B 0B\n" });
});
