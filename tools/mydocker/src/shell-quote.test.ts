import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellCommand, shellQuote } from "./shell-quote.ts";

const HOSTILE = [
  "",
  "plain",
  "it's",
  "''",
  '"double"',
  "$HOME `id` $(id)",
  "a;b|c&d>e<f",
  "new\nline",
  "tab\tand\\backslash\\",
  "*?[a]{b,c}~",
  "-n",
  "=cmd",
  "#comment",
  "!history",
  "ünïcödé 🐳",
];

test.each(["sh", "bash"])("%s reads every hostile word back as it was", (shell) => {
  const printed = execFileSync(shell, ["-c", `printf '%s\\0' ${shellCommand(HOSTILE)}`], { encoding: "utf8" });
  expect(printed.split("\0").slice(0, -1)).toEqual(HOSTILE);
});

test("words that need no quotes have none", () => {
  expect(shellCommand(["mydocker-net", "attach", "--publish=127.0.0.1:8080:80/tcp"])).toBe(
    "mydocker-net attach --publish=127.0.0.1:8080:80/tcp",
  );
  expect(shellQuote("a b")).toBe("'a b'");
});
