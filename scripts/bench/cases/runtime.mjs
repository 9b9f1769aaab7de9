import { interleave } from "../interleave.mjs";
import { renderTimes } from "../report.mjs";

/** The OCI runtimes on one and the same bundle. */
export const runtimeCase = {
  name: "runtime",
  needs: ["mydocker", "runtimes"],
  async measure({ engines, runs, stop }) {
    const { bundle, stateDirectory, enter } = engines.runtimes;
    const contenders = [
      {
        name: "mydocker-init run",
        argv: [
          ...enter("mydocker"),
          ...engines.mydocker.tool("mydocker-init", "run", "--bundle", bundle, "bench-init"),
        ],
      },
      {
        name: "runc run",
        argv: [...enter("runc"), "runc", "--root", stateDirectory("runc"), "run", "--bundle", bundle, "bench-runc"],
      },
      {
        name: "crun run",
        argv: [...enter("crun"), "crun", "--root", stateDirectory("crun"), "run", "--bundle", bundle, "bench-crun"],
      },
    ];
    const times = await interleave(contenders, { runs, stop });
    return renderTimes("OCI runtime: run a bundle of busybox true", times, { "runc run": 0.6, "crun run": 1 });
  },
};
