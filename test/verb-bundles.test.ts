import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { VERB_BUNDLES } from "../tools/mydocker/src/verb-bundles.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const verbs = Object.entries(VERB_BUNDLES).flatMap(([tool, names]) => names.map((verb) => [tool, verb] as const));

it.each(verbs)(
  "%s %s, in a bundle of its own, refuses an unknown flag by itself, and has its help elsewhere",
  async (tool, verb) => {
    const refused = await sandbox.tool(tool, [verb, "--no-such-flag"]);
    expect(refused.code).toBe(125);
    expect(refused.stderr).toMatch(new RegExp(`^${tool} ${verb}: unknown flag: --no-such-flag`));
    const help = await sandbox.tool(tool, [verb, "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain(`Usage: ${tool} ${verb} `);
  },
);

it("a flag's value that is called as a verb is none", async () => {
  const root = join(sandbox.directory, "run");
  const list = await sandbox.shell(
    `cd ${sandbox.directory} && mydocker-init --root run list --quiet && ls -d ${root}; true`,
  );
  expect(list).toMatchObject({ code: 0, stdout: "" });
  const state = await sandbox.shell(`cd ${sandbox.directory} && mydocker-init --root exec state nobody`);
  expect(state).toEqual({ code: 1, stdout: "", stderr: 'mydocker-init state: container "nobody" does not exist\n' });
});
