import { type ErrorDetails, MydockerError } from "@mydocker/stage";
import { familiarReference } from "../reference/reference.ts";
import type { Source } from "./source.ts";

interface Explanation {
  /** Found in what skopeo said. */
  pattern: RegExp;
  message: (image: string, registry: string) => string;
  details: ErrorDetails;
}

/** The first that matches says why a pull failed, in docker's words where docker has some. */
const EXPLANATIONS: Explanation[] = [
  {
    pattern: /server gave HTTP response to HTTPS client/,
    message: (_, registry) => `registry ${registry}: it speaks plain HTTP, not HTTPS`,
    details: { code: "PLAIN_HTTP", hint: "--tls-verify=false, if you trust the way there" },
  },
  {
    pattern: /x509:|tls: |certificate/i,
    message: (_, registry) => `registry ${registry}: its TLS certificate is not trusted`,
    details: { code: "BAD_CERTIFICATE", hint: "--tls-verify=false, if you trust the way there" },
  },
  {
    pattern:
      /no such host|connection refused|network is unreachable|i\/o timeout|no route to host|server misbehaving|deadline exceeded/i,
    message: (_, registry) => `registry ${registry}: it cannot be reached`,
    details: { code: "REGISTRY_UNREACHABLE", hint: "check the registry's name, and the network" },
  },
  {
    pattern:
      /invalid status code from registry|invalid character '.' looking for beginning of value|unexpected content type|text\/html/i,
    message: (_, registry) => `registry ${registry}: it answered with something that is not a registry's (a web page?)`,
    details: { code: "NOT_A_REGISTRY", hint: "check the host and port; a proxy or a web server may sit there" },
  },
  {
    pattern: /manifest unknown|manifest_unknown|name unknown|repository name not known|not found/i,
    message: (image) => `manifest for ${image} not found`,
    details: { code: "NO_MANIFEST", hint: "check the image's name and tag" },
  },
  {
    pattern: /unauthorized|denied|authentication required|invalid username/i,
    message: (image) => `pull access denied for ${image}: it does not exist, or needs a login`,
    details: { code: "ACCESS_DENIED", hint: "mydocker login REGISTRY" },
  },
  {
    pattern: /no image found in (?:manifest list|image index)|choosing (?:an )?image/i,
    message: (image) => `${image}: no image for this platform`,
    details: { code: "NO_PLATFORM", hint: "--platform OS/ARCHITECTURE of one that it has" },
  },
  {
    pattern: /no space left on device/i,
    message: (image) => `${image}: no space left on the device`,
    details: { code: "ENOSPC", hint: "mydocker-image gc" },
  },
  {
    pattern: /toomanyrequests|too many requests/i,
    message: (_, registry) => `registry ${registry}: too many requests`,
    details: { code: "TOO_MANY_REQUESTS", hint: "wait, or mydocker login REGISTRY" },
  },
];

/** One line for a failed pull: what, on what, why. What skopeo itself said stands in parentheses. */
export function explainPullFailure({ reference, location, isRegistry }: Source, stderr: string): MydockerError {
  const said = skopeoMessage(stderr);
  const image = isRegistry ? familiarReference(reference) : location;
  const found = EXPLANATIONS.find(({ pattern, details }) => {
    // What a file lacks is not what a registry does.
    return (isRegistry || details.code === "ENOSPC") && pattern.test(said);
  });
  if (found === undefined) return new MydockerError(`pull ${image}: ${said}`, { code: "PULL_FAILED" });
  const reason = said.length > 300 ? `${said.slice(0, 300)}…` : said;
  return new MydockerError(`${found.message(image, reference.registry)} (${reason})`, found.details);
}

/** The message within logrus' `time="…" level=fatal msg="…"`. */
function skopeoMessage(stderr: string): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  const quoted = /\bmsg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  if (quoted === undefined) return line === "" ? "skopeo failed and said nothing" : line;
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
