// `npm run demo`: set up, then show the main job. Every step prints the command a user would type, and runs it.
import { randomBytes } from "node:crypto";
import { freePort } from "./demo/free-port.mjs";
import { leftOvers, snapshot } from "./demo/host-snapshot.mjs";
import { quietly, show, toolEnvironment } from "./demo/show.mjs";
import { pipelineSteps, runSteps } from "./demo/steps.mjs";
import { main, SetUpError, step } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

await main(async () => {
  setUp(["build", "run"]);
  const env = toolEnvironment();
  const name = `demo-${randomBytes(3).toString("hex")}`;
  const before = snapshot();
  // `system prune -f` would also take a user's own stopped containers; without -f and nobody to ask, it keeps them.
  const isAlone = quietly("mydocker ps -aq", env).stdout.trim() === "";
  const prune = isAlone ? "mydocker system prune -f" : "mydocker system prune < /dev/null";
  // Ctrl-C ends the step that runs (it gets the signal as well); what follows is the clean-up below, not our death.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  const finished = tryAll([...pipelineSteps(), ...runSteps({ name, port: await freePort(), prune })], env);
  if (!finished) {
    quietly(`mydocker rm -f ${name}`, env);
    quietly(prune, env);
  }
  const left = await leftOvers(before);
  if (left.length > 0) throw new SetUpError(`the demo left behind: ${left.join("; ")}`);
  if (!finished) throw new SetUpError("a step of the demo failed; the host is as it was before");
  step("Done: no link, namespace, rule, mount, cgroup or process of it is left");
});

function tryAll(steps, env) {
  return steps.every(({ title, command }) => show(title, command, env));
}
