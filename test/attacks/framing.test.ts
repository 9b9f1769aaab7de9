import { describe, expect, it } from "vitest";
import { operation } from "../../tools/mydocker-init/src/plan/operations.ts";
import { theSandbox } from "./support/attack.ts";
import { planOf, runPlan } from "./support/plan.ts";
import { makeRuntime } from "./support/runtime.ts";

// CVE-2021-43784: a length that does not fit into its field, so that content is read as structure. The shim's decoder by itself is
// fuzzed (shim/fuzz) and given malformed plans (shim/test/plan.test.ts).

const runtime = () => makeRuntime(theSandbox());

/** Prints how long variable V is, and what else the environment has. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
const MEASURE = ["sh", "-c", "echo ${#V}; env | busybox grep -c '^INJECTED='; true"];
/** An operation's frame, as it would stand behind a text whose length was cut to 16 bits. */
const FRAME = "\u0031\u0001\u0001\u0001\u0010INJECTED=1\nINJECTED=1\n";

describe("content is content, however long it is (CVE-2021-43784)", () => {
  it.each([65_535, 65_536, 65_537, 120_000])("an environment variable of %d bytes", async (length) => {
    const value = FRAME.repeat(length).slice(0, length);
    const { code, stdout } = await runtime().run(MEASURE, {
      config: (config) => void config.process?.env?.push(`V=${value.replaceAll("\n", ";")}`),
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${length}\n0\n` });
  });

  it("control: one that was cut to 16 bits is seen", async () => {
    const attacked = runtime();
    const plan = await planOf(attacked, attacked.bundle(MEASURE));
    const cut = `V=${"x".repeat(70_000 & 0xffff)}`;
    const changed = plan.map((entry) =>
      entry.name === "environment" ? operation("environment", "PATH=/bin", cut, "INJECTED=1") : entry,
    );
    expect(runPlan(attacked, "run", changed)).not.toBe("70000\n0\n");
  });

  it("more than 64 KiB of mounts", async () => {
    const { code, stdout } = await runtime().run(["sh", "-c", "busybox grep -c ' /m/' /proc/self/mountinfo"], {
      config: (config) => {
        for (let index = 0; index < 400; index += 1) {
          config.mounts?.push({ destination: `/m/${index}/${"d".repeat(160)}`, type: "tmpfs", source: "tmpfs" });
        }
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "400\n" });
  });

  it("lines, quotes and control characters in arguments, variables and paths", async () => {
    const odd = 'a\nb\t"c\\ \u0001 é';
    const { code, stdout } = await runtime().run(["sh", "-c", 'printf "%s|%s|%s" "$1" "$V" "$PWD"', "sh", odd], {
      config: (config) => {
        if (config.process === undefined) return;
        config.process.env?.push(`V=${odd}`);
        config.process.cwd = `/${odd.replaceAll("/", "")}`;
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${odd}|${odd}|/${odd}` });
  });

  it.each(["env", "args", "cwd", "hostname"])("a NUL in %s is refused in one line", async (where) => {
    const { code, stderr } = await runtime().run(["echo", "ran"], {
      config: (config) => {
        if (config.process === undefined) return;
        if (where === "env") config.process.env?.push("V=a\0INJECTED=1");
        if (where === "args") config.process.args?.push("a\0b");
        if (where === "cwd") config.process.cwd = "/a\0b";
        if (where === "hostname") config.hostname = "a\0b";
      },
    });
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 125, lines: 1 });
  });

  it("more arguments than a frame can count are refused in one line", async () => {
    const { code, stderr } = await runtime().run(["true", ...Array<string>(70_000).fill("x")]);
    expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 125, lines: 1 });
  });
});
