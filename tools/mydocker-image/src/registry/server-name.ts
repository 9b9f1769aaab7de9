import { usageError } from "@mydocker/stage";
import { parseReference } from "../reference/reference.ts";

/** The registry that is meant by what somebody types behind `login`: a host, or what a browser shows of it. docker.io unless told. */
export function parseServer(text: string | undefined): string {
  if (text === undefined || text === "") return "docker.io";
  const host = text.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
  if (["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host)) return "docker.io";
  try {
    const { registry } = parseReference(`${host}/x`);
    // A host without a dot or a port would be a user of docker.io's.
    if (registry === host) return registry;
  } catch {}
  throw usageError(`${JSON.stringify(text.slice(0, 100))}: not a registry's host[:port]`, "registry.example.com:5000");
}
