// An image as people have them: a Debian with compilers and interpreters, in layers, made once and kept in .cache.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { step, WORKSPACE } from "../setup/run.mjs";
import { requireSuccess } from "./command.mjs";

const PACKAGES = ["nodejs", "npm", "python3-sympy", "build-essential", "git"];
/** How the bytes are spread: a base, what is installed on it, and what is one's own. */
const SHARES = [0.3, 0.25, 0.2, 0.15, 0.1];
const CACHE = join(WORKSPACE, ".cache/bench-image");

/**
 * @param scratch a directory on a file system that is good at many files
 * @returns the layers, lowest first: `{ file, digest, diffId, size, unpacked }`
 */
export function layeredImage(scratch) {
  const facts = join(CACHE, "layers.json");
  if (!existsSync(facts)) {
    step("Making the image that is pulled (a minute or two; kept in .cache)");
    const made = `${CACHE}.${process.pid}`;
    try {
      makeLayers(made, scratch);
      rmSync(CACHE, { recursive: true, force: true });
      renameSync(made, CACHE);
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  }
  return JSON.parse(readFileSync(facts, "utf8")).map((layer) => ({ ...layer, file: join(CACHE, layer.name) }));
}

function makeLayers(directory, scratch) {
  mkdirSync(directory, { recursive: true });
  const tree = join(scratch, "tree");
  const options = ["--quiet", "--variant=apt", "--format=directory", `--include=${PACKAGES.join(",")}`];
  requireSuccess(["mmdebstrap", ...options, "bookworm", tree]);
  const lists = share(listTree(tree), SHARES);
  const layers = lists.map((paths, index) => makeLayer(directory, tree, `layer-${index + 1}`, paths));
  // One more, which takes the last one's place in the image that has the same base.
  const other = lists.at(-1).filter((_, index) => index % 3 === 0);
  layers.push(makeLayer(directory, tree, "other", other));
  writeFileSync(join(directory, "layers.json"), JSON.stringify(layers));
  rmSync(tree, { recursive: true });
}

/** Paths with their sizes, directories before what is in them. */
function listTree(tree) {
  const listed = requireSuccess(["find", ".", "-printf", "%p\\t%y\\t%s\\n"], { cwd: tree, maxBuffer: 2 ** 28 });
  const lines = listed.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [path, type, size] = line.split("\t");
    return { path, bytes: type === "f" ? Number(size) : 0 };
  });
}

/** Splits a list in order, so that each part has its share of the bytes. */
function share(entries, shares) {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const lists = shares.map(() => []);
  let [index, seen, limit] = [0, 0, shares[0] * total];
  for (const { path, bytes } of entries) {
    if (seen >= limit && index < shares.length - 1) {
      index += 1;
      limit += shares[index] * total;
    }
    seen += bytes;
    lists[index].push(path);
  }
  return lists;
}

/** As a builder does, with the directories above what is in it. */
function makeLayer(directory, tree, name, paths) {
  const parents = paths.flatMap((path) => path.split("/").map((_, index, parts) => parts.slice(0, index).join("/")));
  const all = [...new Set([...parents.filter((path) => path !== ""), ...paths])].sort();
  const archive = join(directory, `${name}.tar`);
  const tar = ["tar", "--no-recursion", "--numeric-owner", "--null", "-C", tree, "-cf", archive, "-T", "-"];
  requireSuccess(tar, { input: all.join("\0"), stdio: ["pipe", "pipe", "pipe"] });
  const unpacked = statSync(archive).size;
  const diffId = sha256(archive);
  requireSuccess(["gzip", "--no-name", archive]);
  const packed = `${archive}.gz`;
  return { name: `${name}.tar.gz`, digest: sha256(packed), diffId, size: statSync(packed).size, unpacked };
}

function sha256(file) {
  return `sha256:${createHash("sha256").update(readFileSync(file)).digest("hex")}`;
}
