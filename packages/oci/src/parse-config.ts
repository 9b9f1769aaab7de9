import { checkDevice, checkIdMappings, checkNamespaceSettings } from "./check-linux.ts";
import type { OciConfig, OciProcess } from "./config.ts";
import {
  ConfigError,
  expectAbsolute,
  expectArray,
  expectBoolean,
  expectId,
  expectInteger,
  expectRecord,
  expectString,
  expectText,
  forEach,
  optional,
  quote,
} from "./expect.ts";
import { checkResources } from "./parse-resources.ts";

export { ConfigError } from "./expect.ts";

/**
 * Parses and checks an OCI config at the edge. What the tools rely on is checked here, once, so that nothing behind
 * it has to; unknown members pass (config.md: "MUST NOT generate an error" for unknown properties).
 *
 * @param text JSON text
 * @throws ConfigError with the path of the offending member and what was expected there
 */
export function parseConfig(text: string): OciConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const config = expectRecord(value, "config");
  const version = expectString(config.ociVersion, "ociVersion");
  if (!/^1\.\d+\.\d+/.test(version)) throw new ConfigError(`ociVersion: expected 1.x.y, got ${quote(version)}`);
  optional(config.root, "root", checkRoot);
  optional(config.process, "process", checkProcess);
  optional(config.hostname, "hostname", expectString);
  optional(config.mounts, "mounts", (mounts, at) => forEach(mounts, at, checkMount));
  optional(config.hooks, "hooks", checkHooks);
  optional(config.annotations, "annotations", checkAnnotations);
  optional(config.linux, "linux", checkLinux);
  return value as OciConfig;
}

/**
 * The same for a process object alone, as engines give it to `exec`.
 *
 * @throws ConfigError
 */
export function parseProcess(text: string): OciProcess {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  checkProcess(value, "process");
  return value as OciProcess;
}

function checkRoot(value: unknown, at: string): void {
  const root = expectRecord(value, at);
  if (expectText(root.path, `${at}.path`) === "") throw new ConfigError(`${at}.path: expected a path, got ""`);
  optional(root.readonly, `${at}.readonly`, expectBoolean);
}

function checkProcess(value: unknown, at: string): void {
  const process = expectRecord(value, at);
  const args = expectArray(process.args, `${at}.args`);
  if (args.length === 0) throw new ConfigError(`${at}.args: expected at least one argument`);
  args.forEach((arg, index) => {
    expectText(arg, `${at}.args[${index}]`);
  });
  expectAbsolute(process.cwd, `${at}.cwd`);
  optional(process.terminal, `${at}.terminal`, expectBoolean);
  optional(process.noNewPrivileges, `${at}.noNewPrivileges`, expectBoolean);
  optional(process.env, `${at}.env`, (env, path) => forEach(env, path, expectText));
  optional(process.user, `${at}.user`, checkUser);
  optional(process.rlimits, `${at}.rlimits`, (limits, path) => forEach(limits, path, checkRlimit));
  optional(process.capabilities, `${at}.capabilities`, (sets, path) => {
    for (const [set, names] of Object.entries(expectRecord(sets, path))) {
      optional(names, `${path}.${set}`, (list, setPath) => forEach(list, setPath, expectString));
    }
  });
  optional(process.oomScoreAdj, `${at}.oomScoreAdj`, (value, path) => expectInteger(value, path, -1000, 1000));
}

function checkUser(value: unknown, at: string): void {
  const user = expectRecord(value, at);
  for (const id of ["uid", "gid"]) optional(user[id], `${at}.${id}`, expectId);
  optional(user.umask, `${at}.umask`, (umask, path) => expectInteger(umask, path, 0, 0o777));
  optional(user.additionalGids, `${at}.additionalGids`, (gids, path) => forEach(gids, path, expectId));
}

function checkRlimit(value: unknown, at: string): void {
  const limit = expectRecord(value, at);
  expectString(limit.type, `${at}.type`);
  for (const bound of ["soft", "hard"]) {
    const number = limit[bound];
    // RLIM_INFINITY is 2^64-1, which JSON readers round to 2^64: both mean "unlimited".
    if (typeof number !== "number" || number < 0 || number > 2 ** 64) {
      throw new ConfigError(`${at}.${bound}: expected a number from 0 to 2^64-1`);
    }
  }
}

function checkMount(value: unknown, at: string): void {
  const mount = expectRecord(value, at);
  const destination = expectText(mount.destination, `${at}.destination`);
  if (destination === "") throw new ConfigError(`${at}.destination: expected a path, got ""`);
  for (const member of ["source", "type"]) optional(mount[member], `${at}.${member}`, expectText);
  optional(mount.options, `${at}.options`, (options, path) => forEach(options, path, expectText));
  checkIdMappings(mount, at);
}

function checkHooks(value: unknown, at: string): void {
  for (const [kind, hooks] of Object.entries(expectRecord(value, at))) {
    optional(hooks, `${at}.${kind}`, (list, path) =>
      forEach(list, path, (entry, entryPath) => {
        const hook = expectRecord(entry, entryPath);
        expectAbsolute(hook.path, `${entryPath}.path`);
        for (const member of ["args", "env"]) {
          optional(hook[member], `${entryPath}.${member}`, (texts, textsPath) => forEach(texts, textsPath, expectText));
        }
        optional(hook.timeout, `${entryPath}.timeout`, (timeout, timeoutPath) =>
          expectInteger(timeout, timeoutPath, 1, 2 ** 31 - 1),
        );
      }),
    );
  }
}

function checkAnnotations(value: unknown, at: string): void {
  for (const [key, text] of Object.entries(expectRecord(value, at))) {
    if (key === "") throw new ConfigError(`${at}: expected non-empty keys`);
    expectString(text, `${at}[${quote(key)}]`);
  }
}

const NAMESPACE_TYPES = ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"];

function checkLinux(value: unknown, at: string): void {
  const linux = expectRecord(value, at);
  optional(linux.cgroupsPath, `${at}.cgroupsPath`, (path, where) => {
    if (expectText(path, where).split("/").includes("..")) throw new ConfigError(`${where}: ".." is not allowed`);
  });
  for (const member of ["maskedPaths", "readonlyPaths"]) {
    optional(linux[member], `${at}.${member}`, (paths, where) => forEach(paths, where, expectAbsolute));
  }
  checkNamespaceSettings(linux, at);
  optional(linux.devices, `${at}.devices`, (devices, where) => forEach(devices, where, checkDevice));
  optional(linux.rootfsPropagation, `${at}.rootfsPropagation`, expectString);
  optional(linux.resources, `${at}.resources`, checkResources);
  optional(linux.seccomp, `${at}.seccomp`, expectRecord);
  optional(linux.sysctl, `${at}.sysctl`, (sysctl, where) => {
    for (const [key, text] of Object.entries(expectRecord(sysctl, where))) expectText(text, `${where}[${quote(key)}]`);
  });
  optional(linux.namespaces, `${at}.namespaces`, (list, where) => {
    const seen = new Set<string>();
    forEach(list, where, (entry, entryAt) => {
      const namespace = expectRecord(entry, entryAt);
      const type = expectString(namespace.type, `${entryAt}.type`);
      if (!NAMESPACE_TYPES.includes(type)) {
        throw new ConfigError(`${entryAt}.type: expected one of ${NAMESPACE_TYPES.join(", ")}, got ${quote(type)}`);
      }
      if (seen.has(type)) throw new ConfigError(`${entryAt}.type: ${quote(type)} is listed twice`);
      seen.add(type);
      optional(namespace.path, `${entryAt}.path`, (path, pathAt) => {
        if (path !== "") expectAbsolute(path, pathAt);
      });
    });
  });
}
