import { describe, expect, it } from "vitest";
import { runNow, startProgram } from "../src/program.ts";

const shell = (script: string) => ({ file: "sh", args: ["-c", script] });

describe.each([
  ["startProgram", async (request: Parameters<typeof runNow>[0]) => (await startProgram(request)).end()],
  ["runNow", async (request: Parameters<typeof runNow>[0]) => runNow(request)],
])("%s", (_, run) => {
  it("collects what a program says, and its exit code", async () => {
    const { code, signal, late, stdout, stderr } = await run(shell("cat; echo problem >&2; exit 3"));
    expect({ code, signal, late, stdout: String(stdout), stderr: String(stderr) }).toEqual({
      ...{ code: 3, signal: null, late: false, stdout: "", stderr: "problem\n" },
    });
  });

  it("feeds it, sets argv[0], the environment and the directory", async () => {
    const request = {
      ...shell('cat; echo "$0 $A $PWD $HOME"'),
      argv0: "name",
      input: "in ",
      env: { A: "a", PATH: "/bin" },
      cwd: "/",
    };
    expect(String((await run(request)).stdout)).toBe("in name a / \n");
  });

  it("kills what takes too long", async () => {
    expect(await run({ ...shell("exec sleep 60"), timeoutMs: 50 })).toMatchObject({
      code: null,
      signal: "SIGKILL",
      late: true,
    });
  });

  it("says which signal ended it", async () => {
    expect(await run(shell("kill -TERM $$"))).toMatchObject({ code: null, signal: "SIGTERM", late: false });
  });

  it("throws where there is no such program", async () => {
    await expect((async () => run({ file: "no-such-program", args: [] }))()).rejects.toMatchObject({ code: "ENOENT" });
  });
});

it("keeps the end of what is said", async () => {
  const program = await startProgram({ ...shell("seq 100000"), kept: 12 });
  expect(String((await program.end()).stdout)).toBe("99999\n100000\n".slice(-12));
});

it("does not wait for what a program has left behind", async () => {
  const program = await startProgram(shell("sleep 5 & echo left"));
  const before = Date.now();
  expect(String((await program.end()).stdout)).toBe("left\n");
  expect(Date.now() - before).toBeLessThan(4000);
});
