import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort, passwordFile } from "@mydocker/testing";
import { type Daemon, type EngineHost, untilReady, writeJson } from "./engine-host.ts";

/** docker-registry in three ways, over the same blobs. */
export interface Registries {
  /** `127.0.0.1:PORT`: plain HTTP, for everybody. */
  plain: string;
  /** As `plain`, for whom there is a password. */
  basic: string;
  /** `registry.test:PORT`: a certificate of an authority of its own, and a password. */
  tls: string;
  /** PEM. */
  authority: string;
  user: string;
  password: string;
  stop(): Promise<void>;
}

const NAME = "registry.test";
const [USER, PASSWORD] = ["somebody", "pass word: and more"];

/**
 * @param host where they run, and are reached
 * @param blobs where a registry keeps its blobs, which may run elsewhere
 */
export async function startRegistries(host: EngineHost, blobs: string): Promise<Registries> {
  const directory = join(host.directory, "registries");
  mkdirSync(directory);
  await host.require(["sh", "-c", `echo 127.0.0.1 localhost ${NAME} >> /etc/hosts`]);
  const [authority, certificate] = makeCertificates(directory);
  const auth = passwordFile(join(directory, "htpasswd"), USER, PASSWORD);
  const daemons: Daemon[] = [];
  const start = async (name: string, more: { auth?: object; tls?: object }): Promise<number> => {
    const port = await freePort();
    const config = {
      version: "0.1",
      log: { level: "error" },
      storage: { filesystem: { rootdirectory: blobs } },
      http: { addr: `127.0.0.1:${port}`, ...(more.tls === undefined ? {} : { tls: more.tls }) },
      ...(more.auth === undefined ? {} : { auth: more.auth }),
    };
    // JSON is YAML.
    const file = writeJson(join(directory, `${name}.json`), config);
    const daemon = host.start(["docker-registry", "serve", file], join(directory, `${name}.log`));
    daemons.push(daemon);
    const url = `${more.tls === undefined ? "http" : "https"}://127.0.0.1:${port}/v2/`;
    await untilReady(daemon, async () => (await host.run(["curl", "-sk", url])).code === 0);
    return port;
  };
  return {
    plain: `127.0.0.1:${await start("plain", {})}`,
    basic: `127.0.0.1:${await start("basic", { auth })}`,
    tls: `${NAME}:${await start("tls", { auth, tls: certificate })}`,
    authority,
    user: USER,
    password: PASSWORD,
    stop: async () => void (await Promise.all(daemons.map((daemon) => daemon.stop()))),
  };
}

/** @returns the authority, and the registry's certificate and key: paths */
function makeCertificates(directory: string): [string, { certificate: string; key: string }] {
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  };
  const key = ["-newkey", "rsa:2048", "-nodes"];
  const [ca, caKey] = [path("ca.crt"), path("ca.key")];
  openssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=authority of the test", "-keyout", caKey, "-out", ca);
  const [request, serverKey, server] = [path("server.csr"), path("server.key"), path("server.crt")];
  const name = ["-subj", `/CN=${NAME}`, "-addext", `subjectAltName=DNS:${NAME}`];
  openssl("req", ...key, ...name, "-keyout", serverKey, "-out", request);
  const sign = ["-CA", ca, "-CAkey", caKey, "-CAcreateserial", "-days", "2", "-copy_extensions", "copy"];
  openssl("x509", "-req", "-in", request, ...sign, "-out", server);
  return [ca, { certificate: server, key: serverKey }];
}
