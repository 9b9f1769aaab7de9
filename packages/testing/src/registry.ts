import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { freePort } from "./free-port.ts";

export interface TestRegistry {
  /** `127.0.0.1:PORT`, plain HTTP. */
  host: string;
  /** Copies an image from an OCI layout into the registry. */
  push(layout: string, tag: string, name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts Debian's docker-registry on a free port of the loopback.
 *
 * @param directory where it keeps its blobs; made here
 * @param user whom alone it lets in
 */
export async function startRegistry(
  directory: string,
  user?: { name: string; password: string },
): Promise<TestRegistry> {
  const port = await freePort();
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "config.json");
  // JSON is YAML.
  const config = {
    version: "0.1",
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(directory, "data") } },
    http: { addr: `127.0.0.1:${port}` },
    ...(user === undefined ? {} : { auth: passwordFile(join(directory, "htpasswd"), user.name, user.password) }),
  };
  writeFileSync(file, JSON.stringify(config));
  const server = spawn("docker-registry", ["serve", file], { stdio: "ignore" });
  const ended = once(server, "close");
  await answers(`http://127.0.0.1:${port}/v2/`);
  const host = `127.0.0.1:${port}`;
  return {
    host,
    async push(layout, tag, name) {
      const copy = ["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"];
      await execa("skopeo", [...copy, `oci:${layout}:${tag}`, `docker://${host}/${name}`]);
    },
    async stop() {
      server.kill();
      await ended;
    },
  };
}

/** Writes a password file, and returns what tells a registry of it. htpasswd(1) is not everywhere; bcrypt is all that is read. */
export function passwordFile(path: string, user: string, password: string): object {
  execFileSync("python3", ["-W", "ignore", "-c", HTPASSWD, path, user, password]);
  return { htpasswd: { realm: "test", path } };
}

const HTPASSWD = `
import crypt, sys
path, user, password = sys.argv[1:]
hashed = crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))
open(path, "w").write(f"{user}:{hashed}\\n")
`;

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
