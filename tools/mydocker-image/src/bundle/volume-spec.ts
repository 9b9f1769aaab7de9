import { join, normalize, resolve } from "node:path";
import { usageError } from "@mydocker/stage";

/** What a volume's content is: a path of the host, a volume by name, or one of the container's own. */
export type VolumeSource = { kind: "bind"; path: string } | { kind: "named"; name: string } | { kind: "anonymous" };

export interface Volume {
  source: VolumeSource;
  /** Absolute and normal. */
  destination: string;
  readonly: boolean;
  /** `rprivate` unless told. */
  propagation: string;
  /** `nocopy`: a new volume stays empty, whatever the image has there. */
  copy: boolean;
}

const PROPAGATIONS = ["private", "rprivate", "slave", "rslave", "shared", "rshared"];
/** Labels of SELinux and consistency on other systems: docker takes them, and on a host like ours they say nothing. */
const WITHOUT_EFFECT = ["z", "Z", "cached", "consistent", "delegated"];

/**
 * Reads `-v` as docker does: `HOST:CONTAINER[:OPTIONS]`, `NAME:CONTAINER[:OPTIONS]` or `CONTAINER`.
 *
 * @param cwd what `./` stands for
 */
export function parseVolume(text: string, cwd: string): Volume {
  const fail = (why: string): never => {
    throw usageError(`--volume ${JSON.stringify(text.slice(0, 120))}: ${why}`, "HOST:CONTAINER[:ro], paths absolute");
  };
  const parts = text.split(":");
  if (parts.length > 3 || text.includes("\0")) fail("expected at most HOST:CONTAINER:OPTIONS");
  const [first = "", second, options = ""] = parts;
  if (parts.length === 3 && options === "") fail("expected options behind the second colon");
  const destination = checkDestination(second ?? first, fail);
  const volume: Volume = {
    source: second === undefined ? { kind: "anonymous" } : parseSource(first, cwd, fail),
    destination,
    readonly: false,
    propagation: "rprivate",
    copy: true,
  };
  for (const option of options === "" ? [] : options.split(",")) applyOption(volume, option, fail);
  return volume;
}

/** Where an image says it wants a volume. What is not a path below the root is clamped to it, as a path in a root is. */
export function imageVolume(path: string): Volume | undefined {
  const destination = join("/", path);
  if (destination === "/") return undefined;
  const trimmed = destination.replace(/\/+$/, "");
  return { source: { kind: "anonymous" }, destination: trimmed, readonly: false, propagation: "rprivate", copy: true };
}

function parseSource(text: string, cwd: string, fail: (why: string) => never): VolumeSource {
  if (text.startsWith("/")) return { kind: "bind", path: normalize(text) };
  if (text === "." || text === ".." || text.startsWith("./") || text.startsWith("../")) {
    return { kind: "bind", path: resolve(cwd, text) };
  }
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(text)) return { kind: "named", name: text };
  return fail("its first part is neither a path (/… or ./…) nor a volume's name (2 to 128 of a-z A-Z 0-9 _ . -)");
}

export function checkDestination(path: string, fail: (why: string) => never): string {
  if (!path.startsWith("/")) fail("the path in the container must be absolute");
  const normal = normalize(path).replace(/(?<=.)\/+$/, "");
  return normal === "/" ? fail("the container's / cannot be a volume") : normal;
}

function applyOption(volume: Volume, option: string, fail: (why: string) => never): void {
  if (option === "ro" || option === "rw") volume.readonly = option === "ro";
  else if (option === "nocopy") volume.copy = false;
  else if (PROPAGATIONS.includes(option)) volume.propagation = option;
  else if (!WITHOUT_EFFECT.includes(option)) fail(`unknown option ${JSON.stringify(option)}`);
}
