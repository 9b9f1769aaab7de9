import { type Found, type ImageTree, lookUp, type TreeDirectory, treeRoot } from "./image-tree.ts";

/** Whether an image has something at a path: relative, without dots. */
export function hasPath(tree: ImageTree, path: string): boolean {
  return findPath(tree, path) !== undefined;
}

/** The directory at a path; "." is the root. */
export function directoryAt(tree: ImageTree, path: string): TreeDirectory | undefined {
  if (path === ".") return treeRoot(tree);
  const found = findPath(tree, path);
  return found?.kind === "directory" ? found.directory : undefined;
}

/** Links are not followed. */
function findPath(tree: ImageTree, path: string): Found | undefined {
  let found: Found = { kind: "directory", directory: treeRoot(tree) };
  for (const part of path.split("/")) {
    if (found.kind !== "directory" || found.directory.layers.length === 0) return undefined;
    const next = lookUp(found.directory, part);
    if (next === undefined) return undefined;
    found = next;
  }
  return found;
}
