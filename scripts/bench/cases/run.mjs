import { interleave } from "../interleave.mjs";
import { renderTimes } from "../report.mjs";

const LIMITS = ["-m", "64m", "--cpus", "1", "--pids-limit", "100"];

/** A container from nothing to gone, with a network and limits. */
export const runCase = {
  name: "run",
  needs: ["mydocker", "docker", "podman"],
  async measure({ engines, runs, stop }) {
    const contenders = this.needs.map((name) => ({
      name: `${name} run`,
      argv: engines[name].argv("run", "--rm", ...engines[name].runFlags, ...LIMITS, "busybox", "true"),
    }));
    const times = await interleave(contenders, { runs, stop });
    return renderTimes("run --rm busybox true, with network and limits", times, {
      "docker run": 1 / 3,
      "podman run": 1 / 3,
    });
  },
};
