import { beforeAll, describe, expect, test } from "vitest";
import { type EngineInUse, WITHOUT_NETWORK } from "./engine.ts";

/** What `exec` promises. */
export function describeExec(use: EngineInUse): void {
  const { call } = use;
  const exec = (...args: string[]) => call("exec", ...args);

  describe("exec", () => {
    beforeAll(async () => {
      await use.runDetached(
        "--name",
        "box",
        ...WITHOUT_NETWORK,
        "-e",
        "A=1",
        "--cap-drop",
        "NET_RAW",
        "busybox",
        "sleep",
        "1000",
      );
    });

    // docker before 25 says 126 where the command is missing.
    test.each([
      [[0], ["true"]],
      [[9], ["sh", "-c", "exit 9"]],
      [[137], ["sh", "-c", "kill -9 $$"]],
      [[126], ["/tmp"]],
      [use.name === "docker" ? [126, 127] : [127], ["no-such-command"]],
    ])("exit code %j: %j", async (codes, command) => {
      expect(codes).toContain((await exec("box", ...command)).code);
    });

    test("-e, -w and -u, and the container's own environment, namespaces and capabilities", async () => {
      const script = 'echo "$A $B"; pwd; id -u; id -g; readlink /proc/self/ns/pid; grep CapBnd /proc/self/status';
      const { stdout } = await exec("-e", "B=it's", "-w", "/tmp", "-u", "33:34", "box", "sh", "-c", script);
      const { stdout: init } = await exec("box", "sh", "-c", "readlink /proc/1/ns/pid; grep CapBnd /proc/1/status");
      expect(stdout).toBe(`1 it's\n/tmp\n33\n34\n${init}`);
    });

    test("it is in the container's cgroup", async () => {
      const { stdout } = await exec(
        "box",
        "sh",
        "-c",
        "cat /proc/1/cgroup > /tmp/1; cat /proc/self/cgroup > /tmp/2; cmp /tmp/1 /tmp/2 && echo same",
      );
      expect(stdout).toBe("same\n");
    });

    test("-i passes stdin on to its end", async () => {
      const { command, host } = use.engine();
      const result = await host.run([...command, "exec", "-i", "box", "cat"], { input: "one\ntwo\n" });
      expect(result).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" });
    });

    test("-it has a terminal", async () => {
      const terminal = use.terminal("exec", "-it", "box", "sh");
      await terminal.waitFor(/# /);
      terminal.type("while [ \"$(stty size)\" != '33 111' ]; do sleep 0.1; done; echo ok\n");
      await terminal.waitFor(/\nok\r\n/);
      terminal.type("exit 6\n");
      expect(await terminal.exited).toBe(6);
    });

    test("-d returns at once", async () => {
      expect(await exec("-d", "box", "sh", "-c", "sleep 0.3; touch /done")).toMatchObject({ code: 0 });
      const wait = "while [ ! -e /done ]; do sleep 0.1; done; echo there";
      expect((await exec("box", "sh", "-c", wait)).stdout).toBe("there\n");
    });

    test("ten at once", async () => {
      const results = await Promise.all(Array.from({ length: 10 }, (_, index) => exec("box", "echo", String(index))));
      expect(results.map(({ stdout }) => stdout)).toEqual(results.map((_, index) => `${index}\n`));
    });
  });
}
