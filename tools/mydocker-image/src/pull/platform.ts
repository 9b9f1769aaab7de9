import { usageError } from "@mydocker/stage";

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

/** Reads `--platform OS/ARCHITECTURE[/VARIANT]`, as docker has it. */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const [os = "", architecture = "", variant] = parts;
  const isWord = (part: string): boolean => /^[a-z0-9_]{1,32}$/.test(part);
  if (parts.length > 3 || parts.length < 2 || !parts.every(isWord)) {
    throw usageError(
      `--platform ${JSON.stringify(text.slice(0, 60))}: expected OS/ARCHITECTURE[/VARIANT]`,
      "linux/amd64",
    );
  }
  if (os !== "linux") throw usageError(`--platform "${text}": only linux images run here`, "linux/amd64");
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}
