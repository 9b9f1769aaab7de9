import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { makeCounter } from "./counter.ts";
import { type EngineInUse, WITHOUT_NETWORK } from "./engine.ts";
import { SHOW_LIMITS } from "./suite-run.ts";
import { until } from "./until.ts";

/** Says what it gets, so that a test sees it in the log. */
const LISTENER = `
  trap 'echo got USR1' USR1; trap 'echo got TERM; exit 5' TERM
  echo up; while :; do sleep 0.1; done`;

/** What happens to a container after its start. */
export function describeLifecycle(use: EngineInUse): void {
  const { call } = use;
  const inspect = async (name: string, field: string) =>
    (await call("inspect", "--format", `{{.State.${field}}}`, name)).stdout.trim();
  const start = (...args: string[]) => use.runDetached("--name", "life", ...WITHOUT_NETWORK, ...args);
  const logged = async (name: string, wanted: RegExp) => {
    await until(async () => wanted.test((await call("logs", name)).stdout), `${name} never said ${wanted}`);
  };

  describe("a container's life", () => {
    afterEach(async () => {
      if ((await call("inspect", "life")).code === 0) await use.remove("life");
    });

    test("kill sends the signal that is asked for; stop sends TERM; wait and inspect have the exit code", async () => {
      await start("busybox", "sh", "-c", LISTENER);
      await logged("life", /up/);
      expect(await call("kill", "--signal", "USR1", "life")).toMatchObject({ code: 0 });
      await logged("life", /got USR1/);
      expect(await inspect("life", "Status")).toBe("running");
      const waiting = call("wait", "life");
      expect(await call("stop", "--time", "30", "life")).toMatchObject({ code: 0 });
      expect((await waiting).stdout).toBe("5\n");
      expect(await inspect("life", "ExitCode")).toBe("5");
      expect((await call("logs", "life")).stdout).toContain("got TERM");
    });

    test("stop kills what does not listen; kill without a signal kills; a stopped one cannot be killed", async () => {
      // PID 1 ignores what it has no handler for.
      await start("busybox", "sleep", "1000");
      await call("stop", "--time", "1", "life");
      expect(await inspect("life", "ExitCode")).toBe("137");
      expect(await call("start", "life")).toMatchObject({ code: 0 });
      expect(await call("kill", "life")).toMatchObject({ code: 0 });
      await call("wait", "life");
      expect(await inspect("life", "ExitCode")).toBe("137");
      expect((await call("kill", "life")).code).not.toBe(0);
    });

    test("pause stops every process and unpause lets them go on", async () => {
      const counter = makeCounter(use.engine().host.directory);
      await start(...counter.volume, "busybox", "sh", "-c", counter.script);
      await until(async () => counter.read() > 0, "it does not count");
      expect(await call("pause", "life")).toMatchObject({ code: 0 });
      expect(await inspect("life", "Status")).toBe("paused");
      const paused = counter.read();
      await sleep(300);
      expect(counter.read()).toBe(paused);
      expect((await call("exec", "life", "true")).code).not.toBe(0);
      expect(await call("unpause", "life")).toMatchObject({ code: 0 });
      await until(async () => counter.read() > paused, "it does not go on");
    });

    test("update changes the limits of a running container", async () => {
      await start("--memory", "64m", "busybox", "sleep", "1000");
      expect(await call("update", "--memory", "32m", "--memory-swap", "32m", "--cpus", "0.25", "life")).toMatchObject({
        code: 0,
      });
      expect((await call("exec", "life", "sh", "-c", SHOW_LIMITS)).stdout).toMatch(/^33554432\n.*\n25000 100000\n$/);
    });

    test("top, stats and logs -f", async () => {
      await start("busybox", "sh", "-c", "sleep 1000 & echo up; wait");
      await logged("life", /up/);
      const { stdout: processes } = await call("top", "life");
      expect(processes).toMatch(/sleep 1000/);
      const { stdout: pids } = await call("stats", "--no-stream", "--format", "{{.PIDs}}", "life");
      expect(pids).toBe("2\n");
      const following = call("logs", "-f", "life");
      await call("kill", "life");
      expect(await following).toMatchObject({ code: 0, stdout: "up\n" });
    });

    test("restart ends and starts it; its files stay, its process is another", async () => {
      await use.runDetached(
        "--name",
        "life",
        "busybox",
        "sh",
        "-c",
        "echo start >> /starts; cat /starts; exec sleep 1000",
      );
      const pid = await inspect("life", "Pid");
      expect(await call("restart", "--time", "0", "life")).toMatchObject({ code: 0 });
      await logged("life", /start\nstart\nstart/);
      expect(await inspect("life", "Pid")).not.toBe(pid);
      expect(await inspect("life", "Status")).toBe("running");
    });

    test("--rm removes it when it has ended", async () => {
      await start("--rm", "busybox", "sleep", "0.2");
      await until(async () => (await call("inspect", "life")).code !== 0, "it is still there");
    });

    test("rm -f of a running one with children takes all its processes away", async () => {
      await start("busybox", "sh", "-c", "sleep 987654 & sleep 987655");
      await use.remove("life");
      expect((await use.engine().host.run(["pgrep", "--full", "sleep 98765"])).stdout).toBe("");
    });
  });
}
