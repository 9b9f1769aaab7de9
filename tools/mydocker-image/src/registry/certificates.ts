import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { MydockerError, systemError, unlessErrno } from "@mydocker/stage";

/** Whom a registry's certificate may come from, and who we are to it, as the runtime's fetch takes it. */
export interface Certificates {
  /** All authorities that are trusted, the host's included; undefined: those that come with the runtime. */
  ca?: string[];
  cert?: string;
  key?: string;
}

/** Where distributions keep the authorities that the host trusts (Go's crypto/x509 has the same list). */
const HOST_AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * What docker and podman have for a registry in `certs.d/HOST:PORT`: `*.crt` are authorities, and a `*.cert` with the `*.key`
 * beside it is the client's own certificate.
 *
 * @param registry `registry.lan:5000`; it is a reference's, so it is no path
 */
export function readCertificates(registry: string, env: NodeJS.ProcessEnv = process.env): Certificates {
  const found: { ca: string[]; cert?: string; key?: string } = { ca: [] };
  for (const parent of certificateParents(env)) {
    const directory = join(parent, registry);
    for (const name of names(directory)) {
      if (name.endsWith(".crt")) found.ca.push(read(join(directory, name)));
      if (name.endsWith(".cert") && found.cert === undefined) {
        found.cert = read(join(directory, name));
        found.key = readKey(directory, name);
      }
    }
  }
  const { ca: own, ...client } = found;
  const host = hostAuthorities(env);
  // The runtime's own are many and need not be read; what is given replaces them.
  if (own.length === 0 && host === undefined) return client;
  return { ...client, ca: [...(host === undefined ? [] : [host]), ...own] };
}

function certificateParents(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? homedir();
  return [join(home, ".config/containers/certs.d"), "/etc/containers/certs.d", "/etc/docker/certs.d"];
}

function hostAuthorities(env: NodeJS.ProcessEnv): string | undefined {
  if (env.SSL_CERT_FILE !== undefined && env.SSL_CERT_FILE !== "") return read(env.SSL_CERT_FILE);
  for (const path of HOST_AUTHORITIES) {
    const text = unlessErrno(["ENOENT", "ENOTDIR"], () => readFileSync(path, "utf8"));
    if (text !== undefined) return text;
  }
  return undefined;
}

function readKey(directory: string, certificate: string): string {
  const name = `${basename(certificate, ".cert")}.key`;
  if (names(directory).includes(name)) return read(join(directory, name));
  throw new MydockerError(`${join(directory, certificate)}: there is no ${name} beside it`, {
    code: "BAD_CERTIFICATE",
    hint: "a client's certificate is two files, NAME.cert and NAME.key",
  });
}

function names(directory: string): string[] {
  return (unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(directory)) ?? []).sort();
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw systemError(`read ${path}`, error);
  }
}
