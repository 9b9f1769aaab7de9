import { usageError } from "@mydocker/stage";

/**
 * Where systemd would have the scope that `linux.cgroupsPath` names under `--systemd-cgroup`: `SLICE:PREFIX:NAME`. A slice
 * is below those that its name begins with: `a-b.slice` is `/a.slice/a-b.slice` (systemd.slice(5)).
 *
 * @param cgroupsPath "" for the default, a scope in system.slice
 * @throws MydockerError for anything that is not of that form
 */
export function systemdCgroupsPath(cgroupsPath: string, prefix: string, id: string): string {
  const parts = cgroupsPath === "" ? ["", prefix, id] : cgroupsPath.split(":");
  const [slice = "", scopePrefix = "", name = ""] = parts;
  if (parts.length !== 3 || name === "" || parts.some((part) => !/^[\w@.\\:-]*$/.test(part) || part.startsWith("."))) {
    throw usageError(
      `linux.cgroupsPath "${cgroupsPath}": expected SLICE:PREFIX:NAME`,
      "without --systemd-cgroup, a path like /mydocker/ID",
    );
  }
  // A container engine may give a slice of its own in place of a scope.
  const unit = name.endsWith(".slice") ? name : `${scopePrefix === "" ? "" : `${scopePrefix}-`}${name}.scope`;
  return `/${[...sliceLevels(slice === "" ? "system.slice" : slice), unit].join("/")}`;
}

function sliceLevels(slice: string): string[] {
  const name = slice.endsWith(".slice") ? slice.slice(0, -".slice".length) : "";
  // "-.slice" is the root.
  if (name === "-") return [];
  const words = name.split("-");
  if (words.includes("")) throw usageError(`linux.cgroupsPath: "${slice}": expected the name of a slice, system.slice`);
  return words.map((_, index) => `${words.slice(0, index + 1).join("-")}.slice`);
}
