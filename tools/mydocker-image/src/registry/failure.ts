import { errnoOf, MydockerError } from "@mydocker/stage";
import { familiarReference, type Reference } from "../reference/reference.ts";

/** A registry that cannot be spoken with, by what the runtime's fetch says. */
export function connectionFailure(registry: string, error: unknown): MydockerError {
  if (error instanceof MydockerError) return error;
  const code = errnoOf(error) ?? "";
  const said = error instanceof Error ? error.message : String(error);
  // Before the other: ERR_TLS_CERT_ALTNAME_INVALID is about a certificate.
  if (/CERT|SIGN|ISSUER|ALTNAME/.test(code)) {
    return new MydockerError(`registry ${registry}: its TLS certificate is not trusted (${said})`, {
      code: "BAD_CERTIFICATE",
      hint: `its authority in /etc/docker/certs.d/${registry}/ca.crt, or --tls-verify=false, if you trust the way there`,
    });
  }
  if (code === "EPROTO" || /ssl|tls/i.test(code)) {
    return new MydockerError(`registry ${registry}: it speaks plain HTTP, not HTTPS (${said})`, {
      code: "PLAIN_HTTP",
      hint: "--tls-verify=false, if you trust the way there",
    });
  }
  return new MydockerError(`registry ${registry}: it cannot be reached (${said})`, {
    code: "REGISTRY_UNREACHABLE",
    hint: "check the registry's name, and the network",
    cause: error,
  });
}

/** What an answer that is no success means, in docker's words where docker has some. */
export function statusFailure(reference: Reference, what: string, status: number, body: string): MydockerError {
  const image = familiarReference(reference);
  const { registry } = reference;
  const said = registryMessage(body);
  const because = said === "" ? "" : ` (${said})`;
  if (status === 404 && what === "manifest") {
    const hint = "check the image's name and tag";
    return new MydockerError(`manifest for ${image} not found${because}`, { code: "NO_MANIFEST", hint });
  }
  if (status === 401 || status === 403) {
    return new MydockerError(`access denied for ${image}: it does not exist, or needs a login${because}`, {
      code: "ACCESS_DENIED",
      hint: `mydocker login ${registry}`,
    });
  }
  if (status === 429) {
    return new MydockerError(`registry ${registry}: too many requests${because}`, {
      code: "TOO_MANY_REQUESTS",
      hint: `wait, or mydocker login ${registry}`,
    });
  }
  return new MydockerError(`registry ${registry}: it answers ${status} for a ${what} of ${image}${because}`, {
    code: "REGISTRY_FAILED",
    hint: "again, or another registry",
  });
}

export function notARegistry(registry: string): MydockerError {
  return new MydockerError(`registry ${registry}: it answered with something that is not a registry's (a web page?)`, {
    code: "NOT_A_REGISTRY",
    hint: "check the host and port; a proxy or a web server may sit there",
  });
}

/** A failure that another attempt may not meet: a connection that broke, a server that has too much to do. */
export class BrokenTransfer extends MydockerError {
  constructor(registry: string, why: string) {
    super(`registry ${registry}: ${why}`, {
      code: "BROKEN_TRANSFER",
      hint: "again: what is there already is not fetched again",
    });
  }
}

/** `{"errors":[{"message":…}]}`; what is not that is left out. */
function registryMessage(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] };
    const [first] = errors ?? [];
    return String(first?.message ?? first?.code ?? "").slice(0, 200);
  } catch {
    return "";
  }
}
