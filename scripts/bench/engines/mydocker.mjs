import { rmSync } from "node:fs";
import { join } from "node:path";
import { WORKSPACE } from "../../setup/run.mjs";
import { attempt, requireSuccess } from "../command.mjs";

const RUN_DIRECTORY = "/run/mydocker-bench";

/** mydocker with state, names and subnet of its own. */
export function startMydocker(field) {
  Object.assign(process.env, {
    MYDOCKER_ROOT: join(field.directory, "mydocker"),
    MYDOCKER_RUN: RUN_DIRECTORY,
    MYDOCKER_PREFIX: "mydockerbench",
    MYDOCKER_SUBNET: "10.214.0.0/24",
  });
  const tool = (name, ...words) => [join(WORKSPACE, "dist/bin", name), ...words];
  const argv = (...words) => tool("mydocker", ...words);
  field.later(() => {
    const ids = attempt(argv("ps", "-aq", "--no-trunc"))
      .stdout.split("\n")
      .filter((id) => id !== "");
    if (ids.length > 0) attempt(argv("rm", "-f", ...ids));
    requireSuccess(argv("system", "prune", "-f"));
    rmSync(RUN_DIRECTORY, { recursive: true, force: true });
  });
  // The first run unpacks the image; it is not the run that a user waits for every day.
  requireSuccess(argv("run", "--rm", "busybox", "true"));
  return {
    version: "mydocker (this build)",
    tool,
    argv,
    runFlags: [],
    pidOf: (name) => Number(JSON.parse(requireSuccess(argv("inspect", name)))[0].State.Pid),
    remove: (name) => attempt(argv("rm", "-f", name)),
  };
}
