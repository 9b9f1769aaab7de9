// docker-registry on the loopback, which tells how much it has sent.
import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../demo/free-port.mjs";
import { SetUpError } from "../setup/run.mjs";
import { startDaemon } from "./daemon.mjs";

const OCI = "application/vnd.oci.image";

const started = new WeakMap();

/** The run's own, started by the first case that asks for it. */
export function startRegistry(field) {
  if (!started.has(field)) started.set(field, start(field));
  return started.get(field);
}

async function start(field) {
  const directory = join(field.directory, "registry");
  const host = `127.0.0.1:${await freePort()}`;
  const [config, log] = [`${directory}.json`, `${directory}.log`];
  // JSON is YAML. Each answer is a line of the log, with its bytes.
  const settings = {
    version: "0.1",
    log: { level: "info", formatter: "json", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: directory } },
    http: { addr: host },
  };
  writeFileSync(config, JSON.stringify(settings));
  const server = startDaemon(field, "docker-registry", ["docker-registry", "serve", config], log);
  await server.untilReady(() => isUp(host));
  return {
    host,
    /** A place in the log. */
    mark: () => statSync(log).size,
    /** Bytes that have been sent since. */
    sentSince: (mark) =>
      readFileSync(log, "utf8")
        .slice(mark)
        .split("\n")
        .reduce((sum, line) => sum + Number(/"http.response.written":(\d+)/.exec(line)?.[1] ?? 0), 0),
    push: (name, layers) => push(`http://${host}/v2/${name}`, layers),
  };
}

async function isUp(host) {
  return fetch(`http://${host}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @param layers as `layeredImage` tells of them */
async function push(base, layers) {
  const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", config: { Cmd: ["/bin/bash"] }, rootfs }),
  );
  const digest = sha256(config);
  for (const layer of layers) await putBlob(base, layer.digest, readFileSync(layer.file));
  await putBlob(base, digest, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: { mediaType: `${OCI}.config.v1+json`, digest, size: config.length },
    layers: layers.map(({ digest, size }) => ({ mediaType: `${OCI}.layer.v1.tar+gzip`, digest, size })),
  };
  const headers = { "Content-Type": manifest.mediaType };
  await succeed(fetch(`${base}/manifests/latest`, { method: "PUT", headers, body: JSON.stringify(manifest) }));
}

async function putBlob(base, digest, body) {
  const started = await succeed(fetch(`${base}/blobs/uploads/`, { method: "POST" }));
  const place = new URL(started.headers.get("location"), base);
  place.searchParams.set("digest", digest);
  await succeed(fetch(place, { method: "PUT", body }));
}

async function succeed(request) {
  const answer = await request;
  if (!answer.ok) throw new SetUpError(`${answer.url}: ${answer.status} ${await answer.text()}`);
  return answer;
}

function sha256(bytes) {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
