import { type ImageTree, lookUp, type TreeDirectory, treeRoot } from "./image-tree.ts";

/** Whether an image has something at a path: relative, without dots. */
export function hasPath(tree: ImageTree, path: string): boolean {
  let directory: TreeDirectory = treeRoot(tree);
  const parts = path.split("/");
  for (const [index, part] of parts.entries()) {
    const found = directory.layers.length === 0 ? undefined : lookUp(directory, part);
    if (found === undefined) return false;
    if (index === parts.length - 1) return true;
    if (found.kind !== "directory") return false;
    directory = found.directory;
  }
  return true;
}
