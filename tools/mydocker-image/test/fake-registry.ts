import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { ComposedImage } from "./test-image.ts";

export interface FakeRegistry {
  host: string;
  /** `GET /v2/app/manifests/1`, with the range where there is one. */
  requests: string[];
  stop(): Promise<void>;
}

/** Answers in place of the registry, and returns true, or leaves it to the registry. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, blob: Buffer | undefined) => boolean;

/** A registry that has one image under any name, and does what no registry should. */
export async function fakeRegistry(
  image: ComposedImage,
  misbehave: Misbehaviour = () => false,
  tls?: ServerOptions,
): Promise<FakeRegistry> {
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "", headers } = request;
    requests.push(`${method} ${url}${headers.range === undefined ? "" : ` ${headers.range}`}`);
    const [, kind, name = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    const blob = kind === "blobs" ? image.blobs.get(name) : undefined;
    if (misbehave(request, response, blob)) return;
    if (kind === "manifests") {
      response.writeHead(200, { "Content-Type": image.manifest.mediaType }).end(image.manifest.bytes);
    } else if (blob !== undefined) {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from === 0 ? 200 : 206, { "Content-Length": blob.length - from }).end(blob.subarray(from));
    } else {
      response.writeHead(url === "/v2/" ? 200 : 404, { "Content-Type": "application/json" }).end("{}");
    }
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
