import { checkDevice, checkIdMappings, checkNamespaceSettings } from "./check-linux.ts";
import { checkProcess, expectOneOf } from "./check-process.ts";
import { checkSeccomp } from "./check-seccomp.ts";
import type { OciConfig, OciProcess } from "./config.ts";
import { parseExact } from "./exact-numbers.ts";
import {
  ConfigError,
  expectAbsolute,
  expectBoolean,
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
    value = parseExact(text);
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
    value = parseExact(text);
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

function checkMount(value: unknown, at: string): void {
  const mount = expectRecord(value, at);
  const destination = expectText(mount.destination, `${at}.destination`);
  if (destination === "") throw new ConfigError(`${at}.destination: expected a path, got ""`);
  for (const member of ["source", "type"]) optional(mount[member], `${at}.${member}`, expectText);
  optional(mount.options, `${at}.options`, (options, path) => forEach(options, path, expectText));
  checkIdMappings(mount, at);
}

const HOOK_KINDS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

function checkHooks(value: unknown, at: string): void {
  const hooks = expectRecord(value, at);
  for (const kind of HOOK_KINDS) {
    optional(hooks[kind], `${at}.${kind}`, (list, path) =>
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
  optional(linux.seccomp, `${at}.seccomp`, checkSeccomp);
  optional(linux.personality, `${at}.personality`, checkPersonality);
  optional(linux.memoryPolicy, `${at}.memoryPolicy`, checkMemoryPolicy);
  optional(linux.mountLabel, `${at}.mountLabel`, expectText);
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

function checkPersonality(value: unknown, at: string): void {
  const personality = expectRecord(value, at);
  expectOneOf(personality.domain, `${at}.domain`, ["LINUX", "LINUX32"]);
  optional(personality.flags, `${at}.flags`, (flags, path) =>
    forEach(flags, path, () => {
      throw new ConfigError(`${path}: expected none, the specification defines no flags`);
    }),
  );
}

function checkMemoryPolicy(value: unknown, at: string): void {
  const policy = expectRecord(value, at);
  expectString(policy.mode, `${at}.mode`);
  optional(policy.nodes, `${at}.nodes`, expectString);
  optional(policy.flags, `${at}.flags`, (flags, path) => forEach(flags, path, expectString));
}
