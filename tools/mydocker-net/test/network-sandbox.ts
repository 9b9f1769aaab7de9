import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ANNOTATION, type NetworkEndpoint, type OciConfig } from "@mydocker/oci";
import { unlessErrno } from "@mydocker/stage";
import { containerDirectory, identifyProcess, writeContainerRecord } from "@mydocker/state";
import { makeSandbox, type Sandbox, type ToolResult } from "@mydocker/testing";
import { execa } from "execa";

/** A sandbox with what tests of networks need: configs, servers, clients, and a look at what is left. */
export interface NetworkSandbox extends Sandbox {
  /** A minimal config as JSON, with a directory for the container. `live`: a record says that we are building it. */
  config(id: string, options?: { live?: boolean; name?: string }): string;
  attach(id: string, args?: string[], options?: { live?: boolean; name?: string }): Promise<ToolResult>;
  /** As `attach`, which has to succeed. */
  endpoint(
    id: string,
    args?: string[],
    options?: { live?: boolean; name?: string },
  ): Promise<Required<NetworkEndpoint>>;
  /** Starts a server that answers `label client-address`; in a namespace, or on the host. */
  serve(
    label: string,
    where: { netns?: string; protocol?: "tcp" | "udp"; address?: string; port: number },
  ): Promise<number>;
  /** What a server answers, or "" where none does. */
  ask(address: string, port: number, from?: { netns?: string; protocol?: "tcp" | "udp" }): Promise<string>;
  /** Links, namespaces, tables and state files that are ours. */
  leftovers(): Promise<string[]>;
}

const SERVER = `
const [label, protocol, address, port] = process.argv.slice(1);
const ready = () => console.log("ready");
if (protocol === "tcp") {
  require("net").createServer((s) => { s.on("error", () => {}); s.end(label + " " + s.remoteAddress); }).listen({ port: +port, host: address }, ready);
} else {
  const socket = require("dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (_, from) => socket.send(label + " " + from.address, from.port, from.address));
  socket.bind(+port, address, ready);
}`;

const CLIENT = `
const [protocol, address, port] = process.argv.slice(1);
const done = (text) => { process.stdout.write(text); process.exit(0); };
setTimeout(() => done(""), 2500);
if (protocol === "tcp") {
  let text = "";
  const socket = require("net").connect({ port: +port, host: address });
  socket.on("data", (data) => { text += data; }).on("close", () => done(text)).on("error", () => done(""));
} else {
  const socket = require("dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (data) => done(String(data))).on("error", () => done(""));
  const send = () => socket.send("?", +port, address, () => {});
  send();
  setInterval(send, 500);
}`;

// The environment's own additions to node are no part of a test.
const NODE_ENV = { PATH: process.env.PATH ?? "" };

export function makeNetworkSandbox(): NetworkSandbox {
  const sandbox = makeSandbox();
  const servers: ChildProcess[] = [];
  const node = (netns: string | undefined, args: string[]): [string, string[]] =>
    netns === undefined
      ? [process.execPath, args]
      : ["ip", ["netns", "exec", netns.replace("/run/netns/", ""), process.execPath, ...args]];

  const config: NetworkSandbox["config"] = (id, options = {}) => {
    const directory = containerDirectory(sandbox.paths, id);
    mkdirSync(directory, { recursive: true });
    if (options.live === true) writeLiveRecord(directory, id, options.name ?? id);
    const document: OciConfig = {
      ociVersion: "1.2.0",
      hostname: `host-${id.slice(0, 12)}`,
      linux: { namespaces: [{ type: "network" }, { type: "uts" }] },
      annotations: { [ANNOTATION.id]: id, [ANNOTATION.container]: directory, "org.example.kept": "yes" },
    };
    return JSON.stringify(document);
  };
  const attach: NetworkSandbox["attach"] = (id, args = [], options = {}) =>
    sandbox.tool("mydocker-net", ["attach", ...args], { input: config(id, options) });

  return {
    ...sandbox,
    config,
    attach,
    endpoint: async (id, args, options) => {
      const { code, stdout, stderr } = await attach(id, args, options);
      if (code !== 0) throw new Error(stderr);
      const made = JSON.parse(stdout) as OciConfig;
      return JSON.parse(made.annotations?.[ANNOTATION.network] ?? "") as Required<NetworkEndpoint>;
    },
    serve: async (label, { netns, protocol = "tcp", address = "0.0.0.0", port }) => {
      const [file, args] = node(netns, ["-e", SERVER, label, protocol, address, String(port)]);
      const server = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], env: NODE_ENV });
      servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.stdout.once("data", () => resolve());
        server.once("exit", () => reject(new Error(`server ${label} ended`)));
      });
      return server.pid ?? 0;
    },
    ask: async (address, port, { netns, protocol = "tcp" } = {}) => {
      const [file, args] = node(netns, ["-e", CLIENT, protocol, address, String(port)]);
      const { stdout } = await execa(file, args, { reject: false, env: NODE_ENV, extendEnv: false });
      return stdout;
    },
    leftovers: async () => {
      const { prefix, run } = sandbox.paths;
      const links = unlessErrno(["ENOENT"], () => readdirSync(`/sys/class/net/${prefix}0/brif`)) ?? [];
      const bridge = readdirSync("/sys/class/net").filter((link) => link.startsWith(prefix));
      const spaces = unlessErrno(["ENOENT"], () => readdirSync("/run/netns")) ?? [];
      const { stdout: tables } = await execa("nft", ["list", "tables", "inet"]);
      const files = unlessErrno(["ENOENT"], () =>
        readdirSync(join(run, "net"), { recursive: true, withFileTypes: true }),
      );
      return [
        ...links,
        ...bridge,
        ...spaces.filter((name) => name.startsWith(`${prefix}-`)),
        ...tables.split("\n").filter((line) => line.endsWith(` ${prefix}`)),
        ...(files ?? []).filter((file) => file.isFile() && !/\.(tmp|lock)$/.test(file.name)).map((file) => file.name),
      ];
    },
    cleanUp: async () => {
      await Promise.all(servers.map(endServer));
      const { stdout } = await sandbox.shell('ls "$MYDOCKER_RUN/net/endpoints" 2>/dev/null || true');
      for (const file of stdout.split("\n").filter((name) => name.endsWith(".json"))) {
        await sandbox.tool("mydocker-net", ["detach", file.slice(0, -".json".length)]);
      }
      await sandbox.tool("mydocker-net", ["gc"]);
      await sandbox.cleanUp();
    },
  };
}

function writeLiveRecord(directory: string, id: string, name: string): void {
  writeContainerRecord(directory, {
    id,
    name,
    image: "test",
    imageId: "sha256:0",
    command: [],
    created: new Date().toISOString(),
    owner: identifyProcess(process.pid) ?? { pid: 0, start: 0 },
    autoRemove: true,
    tty: false,
    labels: {},
    stopSignal: "SIGTERM",
  });
}

/** Makes a container's record say that whoever built it is gone. */
export function abandon(sandbox: Sandbox, id: string): void {
  const directory = containerDirectory(sandbox.paths, id);
  const path = join(directory, "container.json");
  writeFileSync(path, JSON.stringify({ id, name: id, owner: { pid: 0, start: 0 }, autoRemove: true }));
}

async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await ended;
}
