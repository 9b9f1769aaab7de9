import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attempt, requireSuccess } from "../command.mjs";
import { interleave } from "../interleave.mjs";
import { layeredImage } from "../layered-image.mjs";
import { startRegistry } from "../registry.mjs";
import { renderTimes } from "../report.mjs";

/** A round takes a minute: more of them say no more. */
const MOST_RUNS = 5;

/** A large image from a registry on this host into an empty store, and then another one on the same base. */
export const pullCase = {
  name: "pull",
  needs: ["mydocker", "docker", "podman"],
  async measure({ engines, field, runs, stop }) {
    const layers = layeredImage(field.directory);
    const registry = await startRegistry(field);
    const [base, other] = [layers.slice(0, 5), [...layers.slice(0, 4), layers[5]]];
    await registry.push("first", base);
    await registry.push("second", other);
    const enginePulls = Object.entries(pullCommands(engines));
    const pullers = [...enginePulls, ["curl | zcat | tar", shell(field, registry, base)]];
    const options = { runs: Math.min(runs, MOST_RUNS), stop, warmUp: 0 };
    const first = `${registry.host}/first:latest`;
    const second = `${registry.host}/second:latest`;
    const cold = await interleave(
      pullers.map(([name, { pull, prepare, remove }]) => ({
        name,
        argv: pull(first),
        prepare: () => {
          remove(first);
          prepare?.();
          quiesce(field);
        },
      })),
      options,
    );
    const moved = {};
    const warm = await interleave(
      enginePulls.map(([name, { pull, remove }]) => ({
        name,
        argv: pull(second),
        prepare: () => {
          remove(second);
          quiesce(field);
          moved[name] = registry.mark();
        },
        done: () => {
          moved[name] = registry.sentSince(moved[name]);
        },
      })),
      options,
    );
    for (const [, { remove }] of pullers) {
      remove(first);
      remove(second);
    }
    const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
    const size = base.reduce((sum, { unpacked }) => sum + unpacked, 0);
    const sent = Object.entries(moved).map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
    return [
      renderTimes(`pull of ${megabytes(size)} in ${base.length} layers, into an empty store`, cold, {
        "docker pull": 0.4,
        "podman pull": 0.45,
        "curl | zcat | tar": 1.15,
      }),
      renderTimes(`pull of another image with ${megabytes(layers[5].size)} of its own on the same base`, warm, {}),
      `fetched for it: ${sent.join(", ")}\n`,
    ].join("");
  },
};

function pullCommands({ mydocker, docker, podman }) {
  return {
    "mydocker pull": {
      pull: (image) => mydocker.argv("pull", "-q", image),
      remove: (image) => {
        attempt(mydocker.argv("rmi", "-f", image));
        attempt(mydocker.tool("mydocker-image", "gc"));
      },
    },
    "docker pull": {
      pull: (image) => docker.argv("pull", "-q", image),
      remove: (image) => attempt(docker.argv("rmi", "-f", image)),
    },
    "podman pull": {
      pull: (image) => podman.argv("pull", "-q", "--tls-verify=false", image),
      remove: (image) => attempt(podman.argv("rmi", "-f", image)),
    },
  };
}

/** What there is to do, without all that an engine has to do besides: no digests, no store, nothing on the disk for certain. */
function shell(field, { host }, layers) {
  const directory = join(field.directory, "shell");
  const lines = layers.map(
    ({ digest }, index) =>
      `curl -sf http://${host}/v2/first/blobs/${digest} | zcat | tar -x --numeric-owner -C ${directory}/${index} & jobs+=($!)`,
  );
  return {
    pull: () => [
      "bash",
      "-c",
      `set -o pipefail\n${lines.join("\n")}\nfor job in "\${jobs[@]}"; do wait $job || exit; done`,
    ],
    remove: () => rmSync(directory, { recursive: true, force: true }),
    prepare: () => {
      for (const index of layers.keys()) mkdirSync(join(directory, String(index)), { recursive: true });
    },
  };
}

/** What the one before has left to be written is not the next one's. */
function quiesce(field) {
  requireSuccess(["sync", "--file-system", field.directory]);
}
