import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { makeCounter } from "./support/counter.ts";
import { startDocker } from "./support/docker.ts";
import { useEngine, WITHOUT_NETWORK } from "./support/engine.ts";
import { startPodman } from "./support/podman.ts";
import { testNothingIsLeft } from "./support/suite-remains.ts";
import { until } from "./support/until.ts";

// What engines do otherwise where there is no cgroup v1: private cgroup namespaces, a program for the devices, freezing and killing
// by files of the cgroup. Limits need controllers, which v1 has on a host of both kinds: test/vm has those.
describe.each([
  { name: "docker", start: () => startDocker({ cgroup2: true }) },
  { name: "podman", start: () => startPodman({ cgroup2: true }) },
] as const)("$name on cgroup v2", ({ name, start }) => {
  const use = useEngine(name, start);
  const sh = (flags: string[], script: string) =>
    use.run("--rm", ...WITHOUT_NETWORK, ...flags, "busybox", "sh", "-c", script);

  test("a container sees its own cgroup alone", async () => {
    const script =
      "cat /proc/self/cgroup | tail -n 1; grep ' /sys/fs/cgroup ' /proc/mounts | cut -d' ' -f3,4 | cut -d, -f1";
    expect(await sh([], script)).toMatchObject({ code: 0, stdout: "0::/\ncgroup2 ro\n" });
  });

  test("--device gives one device, and no other can be made", async () => {
    const script = "head -c 3 /dev/nothing | wc -c; mknod /dev/kmsg2 c 1 11; head -c 1 /dev/kmsg2 2>&1";
    const { stdout } = await sh(["--device", "/dev/zero:/dev/nothing", "--cap-add", "MKNOD"], script);
    expect(stdout).toBe("3\nhead: /dev/kmsg2: Operation not permitted\n");
  });

  test("exec, pause, unpause and the end of all processes", async () => {
    const counter = makeCounter(use.engine().host.directory);
    const script = `sleep 987656 & ${counter.script}`;
    await use.runDetached("--name", "life", ...WITHOUT_NETWORK, ...counter.volume, "busybox", "sh", "-c", script);
    await until(async () => counter.read() > 0, "it does not count");
    expect(await use.call("exec", "life", "true")).toMatchObject({ code: 0 });
    expect(await use.call("pause", "life")).toMatchObject({ code: 0 });
    const paused = counter.read();
    await sleep(300);
    expect(counter.read()).toBe(paused);
    expect(await use.call("unpause", "life")).toMatchObject({ code: 0 });
    await until(async () => counter.read() > paused, "it does not go on");
    await use.remove("life");
    expect((await use.engine().host.run(["pgrep", "--full", "sleep 987656"])).stdout).toBe("");
  });

  testNothingIsLeft(use);
});
