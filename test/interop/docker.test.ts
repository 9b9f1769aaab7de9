import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startDocker } from "./support/docker.ts";
import { useEngine } from "./support/engine.ts";
import { describeExec } from "./support/suite-exec.ts";
import { describeLifecycle } from "./support/suite-lifecycle.ts";
import { testNothingIsLeft } from "./support/suite-remains.ts";
import { describeRun } from "./support/suite-run.ts";

const docker = useEngine("docker", startDocker);

describeRun(docker);
describeExec(docker);
describeLifecycle(docker);

test("a health check is an exec", async () => {
  const health = ["--health-cmd", "test -e /healthy", "--health-interval", "200ms", "--health-retries", "1"];
  const id = await docker.runDetached(...health, "busybox", "sleep", "1000");
  const status = async (wanted: string) => {
    for (const end = Date.now() + 30_000; ; await sleep(100)) {
      const { stdout } = await docker.call("inspect", "--format", "{{.State.Health.Status}}", id);
      if (stdout.trim() === wanted || Date.now() > end) return stdout.trim();
    }
  };
  expect(await status("unhealthy")).toBe("unhealthy");
  await docker.call("exec", id, "touch", "/healthy");
  expect(await status("healthy")).toBe("healthy");
});

test("info names the runtime", async () => {
  const { stdout } = await docker.call("info", "--format", "{{json .Runtimes}}");
  expect(Object.keys(JSON.parse(stdout) as object)).toContain("mydocker");
});

testNothingIsLeft(docker);
