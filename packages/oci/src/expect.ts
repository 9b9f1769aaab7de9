/** What is wrong with a config, and where: `process.args` … */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** JSON `null` counts as absent: podman writes `"hooks": null`. */
export function optional(value: unknown, at: string, check: (value: unknown, at: string) => unknown): void {
  if (value !== undefined && value !== null) check(value, at);
}

export function forEach(value: unknown, at: string, check: (value: unknown, at: string) => unknown): void {
  expectArray(value, at).forEach((entry, index) => {
    check(entry, `${at}[${index}]`);
  });
}

export function expectRecord(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError(`${at}: expected an object, got ${describe(value)}`);
  }
  return value as Record<string, unknown>;
}

export function expectArray(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw new ConfigError(`${at}: expected an array, got ${describe(value)}`);
  return value;
}

export function expectString(value: unknown, at: string): string {
  if (typeof value !== "string") throw new ConfigError(`${at}: expected a string, got ${describe(value)}`);
  return value;
}

/** A string that can become a C string. */
export function expectText(value: unknown, at: string): string {
  const text = expectString(value, at);
  if (text.includes("\0")) throw new ConfigError(`${at}: a NUL byte is not allowed`);
  return text;
}

export function expectAbsolute(value: unknown, at: string): string {
  const path = expectText(value, at);
  if (!path.startsWith("/")) throw new ConfigError(`${at}: expected an absolute path, got ${quote(path)}`);
  return path;
}

export function expectBoolean(value: unknown, at: string): void {
  if (typeof value !== "boolean") throw new ConfigError(`${at}: expected true or false, got ${describe(value)}`);
}

export function expectInteger(value: unknown, at: string, min: number, max: number): void {
  if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) {
    throw new ConfigError(`${at}: expected a whole number from ${min} to ${max}, got ${describe(value)}`);
  }
}

/** 4294967295 is (uid_t)-1, which chown(2) and setresuid(2) read as "leave unchanged" (CVE-2024-40635's neighbour). */
export function expectId(value: unknown, at: string): void {
  expectInteger(value, at, 0, 4294967294);
}

export function describe(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
}

export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
