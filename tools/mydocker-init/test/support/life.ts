import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig, OciHook } from "@mydocker/oci";
import { makeBundle, type Sandbox, type ToolResult } from "@mydocker/testing";

/** What containers go through, so that the shim comes to as much of its code as one run of tests can make it. */
export interface Life {
  /** Runs a part of it, and says what came of it: exit codes, and output where it matters. */
  [part: string]: () => Promise<unknown>;
}

const hook = (path: string): OciHook[] => [{ path, args: [path, "x"], env: ["A=1"], timeout: 60 }];

export function withEverything(config: OciConfig): void {
  config.hooks = {
    prestart: hook("/bin/true"),
    createRuntime: hook("/bin/true"),
    createContainer: hook("/bin/true"),
    startContainer: hook("/bin/true"),
    poststart: hook("/bin/true"),
    poststop: hook("/bin/true"),
  };
  if (config.process !== undefined) {
    config.process.user = { uid: 0, gid: 0, additionalGids: [4, 50], umask: 0o77 };
    config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 100, hard: 100 }];
    config.process.noNewPrivileges = true;
    config.process.oomScoreAdj = 10;
    config.process.cwd = "/made/deep";
  }
  config.domainname = "domain";
  config.mounts?.push(
    { destination: "/new/a", type: "tmpfs", source: "tmpfs", options: ["size=1m", "mode=700"] },
    { destination: "/etc/bound", source: "/etc/hostname", options: ["bind", "ro"] },
    { destination: "/root", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"] },
  );
  config.linux = {
    ...config.linux,
    devices: [{ path: "/dev/made/pipe", type: "p", fileMode: 0o600, uid: 3, gid: 4 }],
    sysctl: { "net.ipv4.ip_default_ttl": "77" },
    seccomp: {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
    },
  };
}

export function withUserNamespace(config: OciConfig): void {
  const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  config.linux = {
    ...config.linux,
    namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
    uidMappings: mappings,
    gidMappings: mappings,
  };
}

let count = 0;

/** @param environment of mydocker-init, by which it finds the shim that is to be tried */
export function lifeOf(sandbox: Sandbox, environment: Record<string, string>): Life {
  const bundle = (args: string[], change?: (config: OciConfig) => void) => {
    count += 1;
    const id = `${sandbox.paths.prefix}-life-${count}`;
    return { id, ...makeBundle(join(sandbox.directory, id), args, change) };
  };
  const init = (...args: string[]): Promise<ToolResult> => sandbox.tool("mydocker-init", args, { env: environment });
  const run = async (args: string[], change?: (config: OciConfig) => void): Promise<string> => {
    const { directory, id } = bundle(args, change);
    const { code, stdout } = await init("run", "--bundle", directory, id);
    return `${code} ${stdout.trim()}`;
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
  const detached = async (verb: string, directory: string, id: string): Promise<number> => {
    const script = `export ${settings.join(" ")}; mydocker-init ${verb} --bundle ${directory} ${id} </dev/null >/dev/null 2>&1`;
    return (await sandbox.shell(script)).code;
  };

  return {
    "a container with a bit of everything": () => run(["sh", "-c", "echo ran; exit 3"], withEverything),
    "one with a terminal": () =>
      run(["sh", "-c", "echo ran; exit 4"], (config) => {
        if (config.process !== undefined) config.process.terminal = true;
      }),
    "one in a user namespace": () => run(["echo", "ran"], withUserNamespace),
    "one that is created, started, entered and deleted": async () => {
      const { directory, id } = bundle(["sleep", "1000"]);
      const codes = [await detached("create", directory, id)];
      for (const args of [
        ["start", id],
        ["exec", id, "id"],
        ["exec", "--tty", id, "id"],
        ["exec", "--user", "web", "--workdir", "/tmp", id, "id"],
        ["exec", "--detach", id, "true"],
        ["exec", id, "no-such-command"],
        ["exec", id, "/tmp"],
        ["kill", id, "KILL"],
        ["delete", "--force", id],
      ]) {
        codes.push((await init(...args)).code);
      }
      return codes.join(" ");
    },
    "one with a monitor": async () => {
      const record = join(sandbox.directory, `record-${count + 1}`);
      mkdirSync(record);
      const { directory, id } = bundle(["sh", "-c", "echo out; echo err >&2; exit 5"], (config) => {
        config.annotations = { "io.mydocker.container": record };
      });
      const code = await detached("run --detach", directory, id);
      const { stdout } = await sandbox.shell(
        `for i in $(seq 1000); do [ -e ${sandbox.paths.run}/init/${id} ] || break; sleep 0.1; done; jq .exitCode ${record}/exit.json`,
      );
      return `${code} ${stdout.trim()}`;
    },
    "failures: a mount, a bind, a device, a hook, a command, a directory": async () => {
      const codes = [
        await run(["true"], (config) => config.mounts?.push({ destination: "/x", type: "nosuchfs", source: "x" })),
        await run(["true"], (config) => config.mounts?.push({ destination: "/x", source: "/no", options: ["bind"] })),
        await run(["true"], (config) => {
          config.linux = { ...config.linux, devices: [{ path: "/bin/sh", type: "c", major: 1, minor: 3 }] };
        }),
        await run(["true"], (config) => {
          config.hooks = { createRuntime: hook("/bin/false") };
        }),
        await run(["no-such-command"]),
        await run(["/tmp"]),
      ];
      return codes.map((code) => code.trim()).join(" ");
    },
  };
}

/** What `lifeOf` comes to, whatever the shim is built with. */
export const EXPECTED: Record<string, string> = {
  "a container with a bit of everything": "3 ran",
  "one with a terminal": "4 ran",
  "one in a user namespace": "0 ran",
  "one that is created, started, entered and deleted": "0 0 0 0 0 0 127 126 0 0",
  "one with a monitor": "0 5",
  "failures: a mount, a bind, a device, a hook, a command, a directory": "125 125 125 125 127 126",
};
