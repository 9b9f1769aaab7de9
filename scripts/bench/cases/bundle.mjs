import { attempt, requireSuccess } from "../command.mjs";
import { interleave } from "../interleave.mjs";
import { layeredImage } from "../layered-image.mjs";
import { startRegistry } from "../registry.mjs";
import { median } from "../report.mjs";

/** What a container's start waits for of its image, once that is unpacked: more than a tool's own start, and whether its size shows. */
export const bundleCase = {
  name: "bundle",
  needs: ["mydocker"],
  async measure({ engines: { mydocker }, field, runs, stop }) {
    const layers = layeredImage(field.directory).slice(0, 5);
    const registry = await startRegistry(field);
    await registry.push("first", layers);
    const large = `${registry.host}/first:latest`;
    requireSuccess(mydocker.argv("pull", "-q", large));
    const release = mydocker.tool("mydocker-image", "release", "bench-bundle");
    const bundle = (image) => ({
      argv: mydocker.tool("mydocker-image", "bundle", "--id=bench-bundle", "--name=bench-bundle", image),
      prepare: () => attempt(release),
    });
    const size = layers.reduce((sum, { unpacked }) => sum + unpacked, 0);
    // Nothing is there to be released: all that is left is the tool's start.
    const contenders = [
      { name: "a tool that does nothing", argv: release, prepare: () => attempt(release) },
      { name: "bundle of 2 MB, 1 layer", ...bundle("busybox") },
      { name: `bundle of ${Math.round(size / 1e6)} MB, ${layers.length} layers`, ...bundle(large) },
    ];
    const times = await interleave(contenders, { runs, stop });
    attempt(release);
    attempt(mydocker.argv("rmi", "-f", large));
    const [start, small, huge] = times.map(({ milliseconds }) => median(milliseconds));
    const rows = times.map(
      ({ name, milliseconds }) => `${name.padEnd(28)}  ${median(milliseconds).toFixed(1).padStart(8)}`,
    );
    const verdict = huge - start <= BUDGET ? "kept" : "exceeded";
    return [
      "",
      "bundle of an unpacked image",
      `${"".padEnd(28)}  median ms`,
      ...rows,
      `it adds ${(huge - start).toFixed(1)} ms (budget ${BUDGET}: ${verdict}), ${(huge - small).toFixed(1)} of them for the image's size`,
      "",
    ].join("\n");
  },
};

/** Milliseconds. */
const BUDGET = 5;
