import { usageError } from "@mydocker/stage";

/** A variable that is set, or (`value` undefined) taken away. */
export interface Variable {
  key: string;
  value: string | undefined;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Reads `-e`: `KEY=VALUE`, or `KEY` for the caller's own value; where the caller has none, the image's goes.
 *
 * @param environment the caller's
 */
export function parseVariable(text: string, environment: NodeJS.ProcessEnv): Variable {
  const equals = text.indexOf("=");
  const key = equals === -1 ? text : text.slice(0, equals);
  if (key === "" || text.includes("\0")) {
    throw usageError(`--env ${JSON.stringify(text.slice(0, 60))}: expected KEY=VALUE or KEY`);
  }
  return { key, value: equals === -1 ? environment[key] : text.slice(equals + 1) };
}

/**
 * Reads an env file as docker does: a line is `KEY=VALUE` (the value as it stands, quotes included), `KEY` for the
 * caller's own value, empty, or a comment. A key that the caller does not have is left out.
 */
export function parseEnvironmentFile(text: string, file: string, environment: NodeJS.ProcessEnv): Variable[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines.flatMap((whole, index) => {
    const line = whole.replace(/^\s+/, "");
    if (line === "" || line.startsWith("#")) return [];
    const key = line.split("=", 1)[0] ?? "";
    if (key === "" || /\s/.test(key) || line.includes("\0")) {
      const shown = JSON.stringify(line.slice(0, 60));
      throw usageError(`--env-file ${file}: line ${index + 1}: expected KEY=VALUE or KEY, got ${shown}`);
    }
    const variable = parseVariable(line, environment);
    return variable.value === undefined ? [] : [variable];
  });
}

export interface EnvironmentInput {
  /** The image's, `KEY=VALUE`. */
  image: readonly string[];
  /** The user's, later ones win. */
  user: readonly Variable[];
  hostname: string;
  home: string;
  tty: boolean;
}

/** The container's environment: docker's defaults, the image's, the user's, and HOME where nobody says. */
export function buildEnvironment({ image, user, hostname, home, tty }: EnvironmentInput): string[] {
  const variables = new Map([
    ["PATH", DEFAULT_PATH],
    ["HOSTNAME", hostname],
  ]);
  if (tty) variables.set("TERM", "xterm");
  for (const text of image) {
    const equals = text.indexOf("=");
    if (equals > 0) variables.set(text.slice(0, equals), text.slice(equals + 1));
  }
  for (const { key, value } of user) {
    if (value === undefined) variables.delete(key);
    else variables.set(key, value);
  }
  if ((variables.get("HOME") ?? "") === "") variables.set("HOME", home);
  return [...variables].map(([key, value]) => `${key}=${value}`);
}
