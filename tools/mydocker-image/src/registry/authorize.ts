import { MydockerError } from "@mydocker/stage";
import type { Reference } from "../reference/reference.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Credentials, findCredentials } from "./credentials.ts";
import { notARegistry, statusFailure } from "./failure.ts";
import { type Connection, isAllowed, readAll, send } from "./request.ts";

const TOKEN_LIMIT = 1024 * 1024;

/** What a token is for: as many actions as there are; of no repository, only to see whether somebody is who they say. */
export interface Purpose {
  actions: string;
  /** Undefined: those that are kept for the registry. */
  credentials?: Credentials;
}

/**
 * What to say in an Authorization header, as a registry has asked for: a token of the server that it names, or user and
 * password themselves.
 *
 * @param challenge its WWW-Authenticate header
 */
export async function authorize(
  connection: Connection,
  reference: Reference,
  challenge: string,
  { actions, credentials = findCredentials(reference.registry) }: Purpose,
): Promise<string> {
  const challenges = parseChallenges(challenge);
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined) return `Bearer ${await fetchToken(connection, reference, bearer, credentials, actions)}`;
  if (challenges.some(({ scheme }) => scheme === "basic") && credentials !== undefined) return basic(credentials);
  throw statusFailure(reference, "login", 401, "");
}

async function fetchToken(
  connection: Connection,
  reference: Reference,
  { parameters }: Challenge,
  credentials: Credentials | undefined,
  actions: string,
): Promise<string> {
  const { realm = "", service } = parameters;
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined || !isAllowed(connection, url)) {
    throw new MydockerError(
      `registry ${reference.registry}: it wants a token of ${JSON.stringify(realm.slice(0, 100))}, which is not asked`,
      { code: "BAD_TOKEN_SERVER", hint: "--tls-verify=false, if you trust the way there" },
    );
  }
  const { repository } = reference;
  const scope = repository === "" ? undefined : `repository:${repository}:${actions}`;
  const answer = await send(
    connection,
    credentials?.identityToken === undefined
      ? {
          method: "GET",
          url: withQuery(url, service, scope),
          headers: credentials === undefined ? {} : { Authorization: basic(credentials) },
        }
      : { method: "POST", url, ...refreshForm(credentials.identityToken, service, scope) },
  );
  const body = (await readAll(answer.body, TOKEN_LIMIT, () => notARegistry(url.host))).toString("utf8");
  if (answer.status !== 200) throw statusFailure(reference, "token", answer.status, body);
  try {
    const { token, access_token: accessToken } = JSON.parse(body) as { token?: unknown; access_token?: unknown };
    const found = token ?? accessToken;
    // It becomes a header.
    if (typeof found === "string" && /^[\x21-\x7e]+$/.test(found)) return found;
  } catch {}
  throw notARegistry(url.host);
}

function withQuery(realm: URL, service: string | undefined, scope: string | undefined): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  if (scope !== undefined) url.searchParams.set("scope", scope);
  return url;
}

function refreshForm(token: string, service: string | undefined, scope: string | undefined) {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "mydocker", refresh_token: token });
  if (scope !== undefined) form.set("scope", scope);
  if (service !== undefined) form.set("service", service);
  return { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: Buffer.from(form.toString()) };
}

function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
