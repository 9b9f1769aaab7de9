import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { freePort } from "./free-port.ts";

export interface Registry {
  /** `127.0.0.1:PORT`. */
  host: string;
  /** Copies an image from an OCI layout into the registry. */
  push(layout: string, tag: string, name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Debian's docker-registry on a free port of the loopback address, with plain HTTP and storage of its own. */
export async function startRegistry(directory: string): Promise<Registry> {
  const host = `127.0.0.1:${await freePort()}`;
  mkdirSync(join(directory, "registry"), { recursive: true });
  const config = join(directory, "registry.json");
  // YAML is a superset of JSON.
  const storage = { filesystem: { rootdirectory: join(directory, "registry") } };
  writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: host } }));
  const log = openSync(join(directory, "registry.log"), "w");
  const server = spawn("docker-registry", ["serve", config], { stdio: ["ignore", log, log] });
  await untilAnswering(host, server);
  return {
    host,
    async push(layout, tag, name) {
      const target = `docker://${host}/${name}`;
      await execa("skopeo", [
        "--insecure-policy",
        "copy",
        "--quiet",
        "--dest-tls-verify=false",
        `oci:${layout}:${tag}`,
        target,
      ]);
    },
    async stop() {
      if (server.exitCode !== null || !server.kill("SIGTERM")) return;
      await once(server, "exit");
    },
  };
}

async function untilAnswering(host: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (server.exitCode !== null) throw new Error(`docker-registry ended with ${server.exitCode}`);
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`docker-registry does not answer on ${host}`);
}
