import { expect, test } from "vitest";
import { startDocker } from "./support/docker.ts";
import { useEngine, WITHOUT_NETWORK } from "./support/engine.ts";
import { describeExec } from "./support/suite-exec.ts";
import { describeLifecycle } from "./support/suite-lifecycle.ts";
import { testNothingIsLeft } from "./support/suite-remains.ts";
import { describeRun } from "./support/suite-run.ts";
import { until } from "./support/until.ts";

const docker = useEngine("docker", startDocker);

describeRun(docker);
describeExec(docker);
describeLifecycle(docker);

test("HOME, which docker leaves to the runtime, is the user's, and / where the image has no such user", async () => {
  const home = async (user: string) =>
    (await docker.run("--rm", ...WITHOUT_NETWORK, "--user", user, "busybox", "sh", "-c", 'echo "$HOME"')).stdout;
  expect([await home("0"), await home("1234")]).toEqual(["/root\n", "/\n"]);
});

test("a health check is an exec", async () => {
  const health = ["--health-cmd", "test -e /healthy", "--health-interval", "200ms", "--health-retries", "1"];
  const id = await docker.runDetached(...WITHOUT_NETWORK, ...health, "busybox", "sleep", "1000");
  const has = (wanted: string) => async () =>
    (await docker.call("inspect", "--format", "{{.State.Health.Status}}", id)).stdout.trim() === wanted;
  await until(has("unhealthy"), "it never was unhealthy");
  await docker.call("exec", id, "touch", "/healthy");
  await until(has("healthy"), "it never was healthy");
});

test("info names the runtime", async () => {
  const { stdout } = await docker.call("info", "--format", "{{json .Runtimes}}");
  expect(Object.keys(JSON.parse(stdout) as object)).toContain("mydocker");
});

testNothingIsLeft(docker);
