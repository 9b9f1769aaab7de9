import { normalize } from "node:path";
import { usageError } from "@mydocker/stage";

/** What `--device` asks for. */
export interface DeviceRequest {
  /** Absolute; a device, or a directory of devices. */
  host: string;
  /** Absolute and normal. */
  container: string;
  /** Letters of `rwm`. */
  access: string;
}

/** Reads `--device HOST[:CONTAINER[:rwm]]` as docker does: of two parts the second may be what is allowed. */
export function parseDevice(text: string): DeviceRequest {
  const fail = (why: string): never => {
    throw usageError(`--device ${JSON.stringify(text.slice(0, 120))}: ${why}`, "HOST[:CONTAINER[:rwm]]");
  };
  const parts = text.split(":");
  const [host = "", second = host, third] = parts;
  if (parts.length > 3 || text.includes("\0")) fail("expected at most HOST:CONTAINER:rwm");
  const isAccessOnly = third === undefined && parts.length === 2 && isAccess(second);
  const access = third ?? (isAccessOnly ? second : "rwm");
  if (!isAccess(access)) fail(`bad mode specified: ${JSON.stringify(access)}: expected letters of rwm, each once`);
  if (!host.startsWith("/")) fail(`${JSON.stringify(host)} is not an absolute path`);
  const container = isAccessOnly || second === "" ? host : second;
  if (!container.startsWith("/")) fail(`${JSON.stringify(container)} is not an absolute path`);
  const place = normalize(container).replace(/(?<=.)\/+$/, "");
  if (place === "/") fail("the container's / cannot be a device");
  return { host: normalize(host), container: place, access };
}

function isAccess(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}
