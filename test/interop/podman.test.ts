import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeCgroups } from "./support/cgroups.ts";
import { useEngine, WITHOUT_NETWORK } from "./support/engine.ts";
import { podmanCommand, startPodman } from "./support/podman.ts";
import { RUNTIME, RUNTIME_NAME } from "./support/runtime.ts";
import { describeExec } from "./support/suite-exec.ts";
import { describeLifecycle } from "./support/suite-lifecycle.ts";
import { testNothingIsLeft } from "./support/suite-remains.ts";
import { describeRun } from "./support/suite-run.ts";

const podman = useEngine("podman", startPodman);

describeRun(podman);
describeExec(podman);
describeLifecycle(podman);

test("--uidmap and --gidmap: root in the container is a user that owns nothing on the host", async () => {
  const map = ["--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536"];
  const host = podman.engine().host.directory;
  const script = "id -u; cat /proc/self/uid_map; touch /x && ls -ln /x | cut -d' ' -f1; touch /host/x 2>&1";
  const { stdout } = await podman.run(
    "--rm",
    ...WITHOUT_NETWORK,
    ...map,
    "-v",
    `${host}:/host`,
    "busybox",
    "sh",
    "-c",
    script,
  );
  expect(stdout.split("\n").map((line) => line.trim().split(/ +/).join(" "))).toEqual([
    ...["0", "0 100000 65536", "-rw-r--r--", "touch: /host/x: Permission denied", ""],
  ]);
});

describe("a pod", () => {
  let id: string;

  beforeAll(async () => {
    const { host } = podman.engine();
    const infra = ["--infra-image", "busybox", "--infra-command", "sleep infinity"];
    const create = ["pod", "create", "--name", "pod", "--hostname", "pod", "--cgroup-parent", host.cgroupParent];
    const { code, stdout, stderr } = await podman.call(...create, "--publish", "8081:80", ...infra);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    id = stdout.trim();
  });

  afterAll(async () => {
    await podman.call("pod", "rm", "--force", "--time", "0", "pod");
    // podman takes a pod's cgroup away where it has made it, not in the hierarchies where the runtime had to.
    removeCgroups(`${podman.engine().host.cgroupParent}/${id}`);
  });

  test("its containers share network, ipc and uts namespaces and the pod's port", async () => {
    const script = "hostname; for n in net ipc uts pid; do readlink /proc/self/ns/$n; done";
    const serve = `${script}; echo hello > /index.html; exec httpd -f -h /`;
    const first = await podman.call("run", "--detach", "--pod", "pod", "--name", "web", "busybox", "sh", "-c", serve);
    expect(first).toMatchObject({ code: 0 });
    const inSecond = (await podman.call("run", "--rm", "--pod", "pod", "busybox", "sh", "-c", script)).stdout.split(
      "\n",
    );
    const inFirst = (await podman.call("logs", "web")).stdout.split("\n");
    expect(inSecond.slice(0, 4)).toEqual(inFirst.slice(0, 4));
    expect(inSecond[0]).toBe("pod");
    expect(inSecond[4]).not.toBe(inFirst[4]);
    expect(await podman.engine().host.require(["curl", "--silent", "--fail", "http://127.0.0.1:8081/"])).toBe(
      "hello\n",
    );
  });

  test("pod pause, unpause, stop and start go to each container", async () => {
    for (const [verb, status] of [
      ["pause", "paused"],
      ["unpause", "running"],
      ["stop", "exited"],
      ["start", "running"],
    ] as const) {
      const time = verb === "stop" ? ["--time", "0"] : [];
      expect(await podman.call("pod", verb, ...time, "pod")).toMatchObject({ code: 0 });
      expect((await podman.call("inspect", "--format", "{{.State.Status}}", "web")).stdout).toBe(`${status}\n`);
    }
  });
});

describe("containers.conf", () => {
  const named = () => podmanCommand(podman.engine().host, RUNTIME_NAME);

  test("a runtime that is named there, and reports its errors as JSON", async () => {
    const { host, runFlags } = podman.engine();
    const run = (...command: string[]) =>
      host.run([...named(), "run", "--rm", ...WITHOUT_NETWORK, ...runFlags, "busybox", ...command]);
    expect(await run("echo", "hello")).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
    const missing = await run("no-such-command");
    expect(missing.code).toBe(127);
    expect(missing.stderr).toMatch(/no-such-command.*not found/);
  });

  test("info names the runtime and its version", async () => {
    const { host } = podman.engine();
    const format = ["--format", "{{.Host.OCIRuntime.Path}}\n{{.Host.OCIRuntime.Version}}"];
    const { stdout } = await host.run([...named(), "info", ...format]);
    expect(stdout.split("\n")[0]).toBe(RUNTIME);
    expect(stdout).toMatch(/version \d/);
  });
});

testNothingIsLeft(podman);
