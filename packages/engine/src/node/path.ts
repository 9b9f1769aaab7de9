import { host } from "../host.ts";

/** node:path's functions, for POSIX paths. */
export const sep = "/";

export function normalize(path: string): string {
  if (path === "") return ".";
  const isAbsolute = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!isAbsolute) kept.push(part);
  }
  const end = path.endsWith("/") && kept.length > 0 ? "/" : "";
  const joined = `${isAbsolute ? "/" : ""}${kept.join("/")}${end}`;
  return joined === "" ? (path.endsWith("/") ? "./" : ".") : joined;
}

export function join(...parts: string[]): string {
  return normalize(parts.filter((part) => part !== "").join("/"));
}

export function resolve(...parts: string[]): string {
  let path = "";
  for (const part of parts.toReversed()) {
    if (path.startsWith("/")) break;
    if (part !== "") path = path === "" ? part : `${part}/${path}`;
  }
  const whole = normalize(path.startsWith("/") ? path : `${host.directory()}/${path}`);
  return whole === "/" ? whole : whole.replace(/\/$/, "");
}

export function dirname(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === "") return path.startsWith("/") ? "/" : ".";
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return ".";
  if (slash === 0) return "/";
  return slash === 1 && trimmed.startsWith("/") ? "//" : trimmed.slice(0, slash);
}

export function basename(path: string, suffix = ""): string {
  const trimmed = path.replace(/\/+$/, "");
  const name = trimmed.slice(trimmed.lastIndexOf("/") + 1);
  return suffix !== "" && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

export function relative(from: string, to: string): string {
  const [origin, target] = [from, to].map((path) => resolve(path).split("/").filter(Boolean)) as [string[], string[]];
  let shared = 0;
  while (shared < origin.length && origin[shared] === target[shared]) shared += 1;
  return [...origin.slice(shared).map(() => ".."), ...target.slice(shared)].join("/");
}
