import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { defineCommand, type Tool } from "../command.ts";
import { completionScript } from "./completion.ts";

const run = defineCommand({
  summary: "Run it",
  usage: "[OPTIONS] CONTAINER",
  examples: ["engine run x"],
  flags: {
    memory: { type: "string", short: "m", value: "BYTES", description: "Memory: at most, it's a limit" },
    secret: { type: "boolean", hidden: true, description: "Ours alone" },
  },
  args: { min: 1 },
  run: async () => 0,
});

const tool: Tool = {
  name: "my-engine",
  summary: "An engine",
  verbs: {
    run: { summary: "Run it", load: async () => ({ command: run }) },
    hidden: { summary: "Not shown", hidden: true, load: async () => ({ command: run }) },
    system: {
      name: "system",
      summary: "All of it",
      verbs: { prune: { summary: "Clean", load: async () => ({ command: run }) } },
    },
  },
};

/** What bash offers for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  const script = await completionScript(tool, "bash");
  const ask =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own expansion
    'COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _my_engine; printf "%s\\n" "' + '${COMPREPLY[@]}"';
  const output = execFileSync("bash", ["-c", `${script}\n${ask}`, "bash", ...words], { encoding: "utf8" });
  return output.split("\n").filter((word) => word !== "");
}

test("bash offers commands, then commands of a group, then flags; hidden ones never", async () => {
  expect(await offered("my-engine", "")).toEqual(["run", "system"]);
  expect(await offered("my-engine", "system", "")).toEqual(["prune"]);
  expect(await offered("my-engine", "run", "--")).toEqual(["--memory", "--help", "--debug", "--log-format"]);
  expect(await offered("my-engine", "run", "--me")).toEqual(["--memory"]);
});

test("zsh and fish get descriptions, with what their syntax would trip over quoted", async () => {
  expect(await completionScript(tool, "zsh")).toContain(`'--memory:Memory: at most, it'\\''s a limit'`);
  expect(await completionScript(tool, "fish")).toContain(`-s m -l memory -r -d 'Memory: at most, it\\'s a limit'`);
});

test("another shell is refused with those there are", async () => {
  await expect(completionScript(tool, "tcsh")).rejects.toThrow("expected a shell: bash, fish, zsh");
});
