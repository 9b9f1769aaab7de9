import { requireSuccess } from "../command.mjs";
import { interleave } from "../interleave.mjs";
import { renderTimes } from "../report.mjs";

/** One more process in a container that runs. */
export const execCase = {
  name: "exec",
  needs: ["mydocker", "docker", "podman"],
  async measure({ engines, runs, stop }) {
    const own = this.needs.map((name) => engines[name]);
    try {
      for (const engine of own) {
        requireSuccess(
          engine.argv("run", "-d", "--name", "exec-target", ...engine.runFlags, "busybox", "sleep", "3600"),
        );
      }
      const contenders = this.needs.map((name) => ({
        name: `${name} exec`,
        argv: engines[name].argv("exec", "exec-target", "true"),
      }));
      const times = await interleave(contenders, { runs, stop });
      return renderTimes("exec C true", times, { "docker exec": 1 / 3 });
    } finally {
      for (const engine of own) engine.remove("exec-target");
    }
  },
};
