import { join } from "node:path";
import type { OciMount } from "@mydocker/oci";

/** A relative destination is deprecated, and means relative to "/". */
export function mountTarget(mount: OciMount): string {
  return join("/", mount.destination);
}

export function isBind(mount: OciMount): boolean {
  return mount.type === "bind" || (mount.options ?? []).some((option) => option === "bind" || option === "rbind");
}
