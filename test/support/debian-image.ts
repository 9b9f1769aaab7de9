import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));

/**
 * An OCI layout with a real Debian (or Ubuntu: whatever this host is) in three layers. The second adds and replaces
 * files, the third deletes some, so that a wrong order or a lost whiteout shows.
 *
 * @param directory where the layout is made
 * @returns the layout's path; its only tag is `test`
 */
export function makeDebianImage(directory: string): string {
  const layout = join(directory, "layout");
  const image = `${layout}:test`;
  umoci("init", "--layout", layout);
  umoci("new", "--image", image);
  umoci("raw", "add-layer", "--image", image, baseTree());
  umoci("raw", "add-layer", "--image", image, secondLayer(directory));
  umoci("raw", "add-layer", "--image", image, thirdLayer(directory));
  umoci("config", "--image", image, "--config.cmd", "/bin/bash", "--config.env", "GREETING=hello from the image");
  return layout;
}

/** An archive of it. Half a minute's work, so it is kept between runs; made beside and renamed, so that what is kept is whole. */
export function baseTree(): string {
  const suite = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "bookworm";
  const archive = join(CACHE, `${suite}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(CACHE, { recursive: true });
  const made = join(CACHE, `.${suite}.${process.pid}.tar`);
  try {
    execFileSync("mmdebstrap", ["--quiet", "--variant=apt", suite, made], { stdio: ["ignore", "ignore", "inherit"] });
    renameSync(made, archive);
  } finally {
    rmSync(made, { force: true });
  }
  return archive;
}

function secondLayer(directory: string): string {
  const tree = join(directory, "second");
  for (const path of ["srv/kept", "srv/hidden", "opt"]) mkdirSync(join(tree, path), { recursive: true });
  writeFileSync(join(tree, "srv/kept/file"), "second layer\n");
  writeFileSync(join(tree, "srv/hidden/old"), "deleted by the third layer\n");
  writeFileSync(join(tree, "srv/gone"), "deleted by the third layer\n");
  writeFileSync(join(tree, "opt/text"), "second layer\n");
  symlinkSync("/srv/kept/file", join(tree, "opt/link"));
  return pack(directory, tree, "second.tar");
}

/** image-spec, layer.md: `.wh.NAME` deletes NAME of a lower layer, `.wh..wh..opq` all that a directory had. */
function thirdLayer(directory: string): string {
  const tree = join(directory, "third");
  for (const path of ["srv/hidden", "opt"]) mkdirSync(join(tree, path), { recursive: true });
  writeFileSync(join(tree, "srv/.wh.gone"), "");
  writeFileSync(join(tree, "srv/hidden/.wh..wh..opq"), "");
  writeFileSync(join(tree, "srv/hidden/new"), "third layer\n");
  writeFileSync(join(tree, "opt/text"), "third layer\n");
  return pack(directory, tree, "third.tar");
}

function pack(directory: string, tree: string, name: string): string {
  const archive = join(directory, name);
  execFileSync("tar", [
    "--create",
    "--file",
    archive,
    "--directory",
    tree,
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    ".",
  ]);
  return archive;
}

function umoci(...args: string[]): void {
  execFileSync("umoci", args, { stdio: ["ignore", "ignore", "inherit"] });
}
