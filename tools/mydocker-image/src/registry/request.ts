import type { Certificates } from "./certificates.ts";
import { BrokenTransfer, connectionFailure } from "./failure.ts";

export interface Request {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH";
  url: URL;
  headers: Record<string, string>;
  body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface Connection {
  /** For messages. */
  registry: string;
  /** Its host, and port where there is one. */
  host: string;
  certificates: Certificates;
  /** false: any certificate will do, and plain HTTP. */
  tlsVerify: boolean;
  /** Seconds in which a registry has to say something. */
  timeout: number;
}

/** An answer, and its content, which may end with `BrokenTransfer`. */
export interface Answer {
  status: number;
  headers: Headers;
  body: AsyncGenerator<Buffer>;
  /** Closes it, where nobody wants the content. */
  discard(): void;
}

/** What the runtime's fetch takes beyond the standard. */
interface FetchOptions extends RequestInit {
  tls?: Certificates & { rejectUnauthorized: boolean };
  decompress?: boolean;
  duplex?: "half";
}

const MAXIMUM_REDIRECTS = 5;

/** One request, and where it leads: a registry may send to where its blobs are. Who we are is said to nobody else. */
export async function send(connection: Connection, request: Request): Promise<Answer> {
  let { url, headers } = request;
  for (let count = 0; count <= MAXIMUM_REDIRECTS; count += 1) {
    const answer = await sendOnce(connection, { ...request, url, headers });
    const location = answer.headers.get("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== null;
    if (!isRedirect || (request.method !== "GET" && request.method !== "HEAD")) return answer;
    answer.discard();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next === undefined || !isAllowed(connection, next)) {
      throw new BrokenTransfer(
        connection.registry,
        `it redirects to ${JSON.stringify(location.slice(0, 100))}, which is not followed`,
      );
    }
    if (next.host !== url.host) {
      const { Authorization: _, ...others } = headers;
      headers = others;
    }
    url = next;
  }
  throw new BrokenTransfer(connection.registry, `it redirects more than ${MAXIMUM_REDIRECTS} times`);
}

/** Plain HTTP only where nobody has asked for better. */
export function isAllowed({ tlsVerify }: Connection, url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && !tlsVerify);
}

async function sendOnce(connection: Connection, { method, url, headers, body }: Request): Promise<Answer> {
  const watch = new Watch(connection);
  const options: FetchOptions = {
    method,
    headers: { "User-Agent": "mydocker", "Accept-Encoding": "identity", ...headers },
    redirect: "manual",
    signal: watch.signal,
    tls: tlsOptions(connection, url),
    // A layer is compressed by itself; what is said of it on the way is nothing to us.
    decompress: false,
    ...(body === undefined ? {} : bodyOf(body, watch)),
  };
  try {
    const response = await fetch(url.href, options);
    const body = readBody(connection, response, watch);
    return { status: response.status, headers: response.headers, body, discard: () => watch.abort() };
  } catch (error) {
    watch.stop();
    throw watch.failure ?? connectionFailure(connection.registry, error);
  }
}

/** Our own certificate says who we are: it is for the registry, and for nobody whom that names. */
function tlsOptions({ certificates, tlsVerify, host }: Connection, url: URL): NonNullable<FetchOptions["tls"]> {
  const { ca, ...own } = certificates;
  const isRegistry = url.host === new URL(`${url.protocol}//${host}`).host;
  return { rejectUnauthorized: tlsVerify, ...(ca === undefined ? {} : { ca }), ...(isRegistry ? own : {}) };
}

/** What is long is sent as it is read; each piece that goes is a sign of life. */
function bodyOf(body: Uint8Array | AsyncIterable<Uint8Array>, watch: Watch): FetchOptions {
  if (body instanceof Uint8Array) return { body: body as NonNullable<RequestInit["body"]> };
  const iterator = body[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      watch.refresh();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return { body: stream as unknown as NonNullable<RequestInit["body"]>, duplex: "half" };
}

async function* readBody(connection: Connection, response: Response, watch: Watch): AsyncGenerator<Buffer> {
  try {
    if (response.body === null) return;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      watch.refresh();
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw watch.failure ?? new BrokenTransfer(connection.registry, `it closed the connection (${said})`);
  } finally {
    watch.abort();
  }
}

/** Ends a request in which nothing happens. */
class Watch {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  failure: BrokenTransfer | undefined;

  constructor({ registry, timeout }: Connection) {
    this.#timer = setTimeout(() => {
      this.failure = new BrokenTransfer(registry, `it has sent nothing for ${timeout} seconds`);
      this.#controller.abort(this.failure);
    }, timeout * 1000);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  refresh(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Whoever has read enough closes the connection. */
  abort(): void {
    this.stop();
    this.#controller.abort();
  }
}

/** A small answer as a whole. */
export async function readAll(body: AsyncIterable<Buffer>, limit: number, tooLarge: () => Error): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts);
}
