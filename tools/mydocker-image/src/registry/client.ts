import { MydockerError } from "@mydocker/stage";
import { isLoopbackRegistry, type Reference } from "../reference/reference.ts";
import { authorize, type Purpose } from "./authorize.ts";
import { readCertificates } from "./certificates.ts";
import { BrokenTransfer, statusFailure } from "./failure.ts";
import type { Place } from "./places.ts";
import { type Answer, type Connection, type Request, readAll, send } from "./request.ts";

export interface RegistryOptions {
  /**
   * false: plain HTTP, or any certificate. Unless told, it is as registries.conf says, and registries on this host alone are
   * trusted like that.
   */
  tlsVerify?: boolean;
  /** Seconds in which a registry has to say something. */
  timeout: number;
}

export const DEFAULT_TIMEOUT = 60;
const ERROR_LIMIT = 64 * 1024;

/** One repository of a registry (distribution-spec), to read from, or to write to as well. */
export class RegistryClient {
  readonly reference: Reference;
  readonly #connection: Connection;
  readonly #purpose: Purpose;
  /** Found out by the first request, which all others wait for. */
  #base: Promise<URL> | undefined;
  #authorization: string | undefined;

  constructor(place: Place, options: RegistryOptions, purpose: Purpose = { actions: "pull" }) {
    const { reference } = place;
    this.reference = reference;
    this.#purpose = purpose;
    const { registry } = reference;
    const tlsVerify = options.tlsVerify ?? place.tlsVerify ?? !isLoopbackRegistry(registry);
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    const certificates = readCertificates(registry);
    this.#connection = { registry, host, certificates, tlsVerify, timeout: options.timeout };
  }

  /**
   * @param path below the repository, `manifests/latest`, or a place that the registry has named
   * @param what for messages: `manifest`, `blob`
   * @param expected statuses that are a success
   * @throws MydockerError
   */
  async request(
    what: string,
    path: string | URL,
    expected: number[],
    details: Partial<Omit<Request, "url">> = {},
  ): Promise<Answer> {
    this.#base ??= this.#findBase();
    const url = path instanceof URL ? path : new URL(`v2/${this.reference.repository}/${path}`, await this.#base);
    const base = await this.#base;
    let answer = await this.#send(url, base, details);
    if (answer.status === 401 && url.host === base.host) {
      const challenge = answer.headers.get("www-authenticate") ?? "";
      answer.discard();
      this.#authorization = await authorize(this.#connection, this.reference, challenge, this.#purpose);
      answer = await this.#send(url, base, details);
    }
    if (expected.includes(answer.status)) return answer;
    const body = await readAll(answer.body, ERROR_LIMIT, () => new Error("too large")).catch(() => Buffer.alloc(0));
    if (answer.status >= 500) throw new BrokenTransfer(this.reference.registry, `it answers ${answer.status}`);
    throw statusFailure(this.reference, what, answer.status, body.toString("utf8"));
  }

  /** A place that the registry has named in a header. */
  async resolve(location: string): Promise<URL> {
    this.#base ??= this.#findBase();
    return new URL(location, await this.#base);
  }

  #send(url: URL, base: URL, details: Partial<Omit<Request, "url">>): Promise<Answer> {
    const isOurs = url.host === base.host && this.#authorization !== undefined;
    const headers = { ...details.headers, ...(isOurs ? { Authorization: this.#authorization ?? "" } : {}) };
    return send(this.#connection, { method: "GET", ...details, url, headers });
  }

  /** HTTPS; and plain HTTP where that is not spoken, and may be. */
  async #findBase(): Promise<URL> {
    const { host } = this.#connection;
    if (this.#connection.tlsVerify) return new URL(`https://${host}/`);
    try {
      const url = new URL(`https://${host}/`);
      const answer = await send(this.#connection, { method: "GET", url: new URL("v2/", url), headers: {} });
      answer.discard();
      return url;
    } catch (error) {
      if (error instanceof BrokenTransfer || !(error instanceof MydockerError)) throw error;
      return new URL(`http://${host}/`);
    }
  }
}
